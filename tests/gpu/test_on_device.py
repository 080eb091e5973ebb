"""The same proofs where a real GPU is, and what an emulated one cannot show.

    pytest tests/gpu/test_on_device.py -m ""

An emulated device does what is asynchronous at the latest moment or at once, one cluster after
another.  Here it happens at any moment: so runs are repeated, fresh memory is full of NaN, and some
sizes are those at which all multiprocessors work, or 32 bits are too few.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import backpaint
from backpaint.gpu import GPUObjective
from backpaint.gpu.convolution.filters import Precision, prepare_filters
from backpaint.gpu.convolution.launch import launch_conv
from backpaint.gpu.convolution.tiles import HOPPER, TILES, Tile, possible_tiles, possible_trials
from backpaint.gpu.device import device
from backpaint.gpu.pointwise.masks import launch_max_pool_with_winners, launch_unpool_to_winners

from ..engines.engine import Engine
from ..engines.test_agreement import test_a_term_can_be_missing, test_loss_and_gradient  # noqa: F401
from ..engines.test_non_finite import (  # noqa: F401
    test_gradient_that_overflows,
    test_layer,
    test_layer_that_overflows,
    test_picture_and_what_comes_after_it,
    test_term_that_overflows,
)
from ..engines.test_same_bits import test_the_same_bits  # noqa: F401
from ..problems import everything, make_problem, start
from ..tolerances import used_tolerance
from .conftest import has_gpu
from .convolution.convolutions import INPUT_SCALE, STORED, convolve, example
from .convolution.test_edge import test_backward as test_edge_to_picture  # noqa: F401
from .convolution.test_edge import test_forward as test_edge_from_picture  # noqa: F401
from .convolution.test_kernels import (  # noqa: F401
    ROUNDED,
    test_forward,
    test_long_sums_lose_no_digits,
    test_split_products_keep_float32s_digits_at_any_scale,
    test_the_scale_is_that_of_the_sum,
    test_what_is_no_number_stays_none,
)
from .convolution.test_kernels import test_backward as test_convolution_backward  # noqa: F401
from .convolution.test_picture import test_backward as test_to_picture  # noqa: F401
from .convolution.test_picture import test_forward as test_from_picture  # noqa: F401
from .convolution.test_picture import test_naive_kernels_are_the_loops  # noqa: F401
from .convolution.test_trials import (  # noqa: F401
    test_a_strip_adds_to_what_is_there,
    test_copies_round_and_leave_the_result_alone,
    test_strips_give_what_pairs_give,
)
from .descent.test_adam import test_makes_every_move_of_the_host  # noqa: F401
from .descent.test_lbfgs import (  # noqa: F401
    test_ends_as_the_host_does,
    test_float32_vectors_reach_the_same_minimum,
    test_makes_every_move_of_scipy,
    test_two_runs_give_the_same_bits,
)
from .descent.test_state import (  # noqa: F401
    test_a_painting_is_continued_on_another_objective,
    test_every_checkpoint_continues_to_the_same_bits,
)
from .operations.test_gram import (  # noqa: F401
    test_a_long_sum_loses_no_digits,
    test_a_matrix_is_compared_as_it_is_written,
    test_parts_are_the_same_bits_in_every_way,
)
from .operations.test_gram import test_backward as test_gram_backward  # noqa: F401
from .operations.test_gram import test_forward as test_gram_forward  # noqa: F401
from .operations.test_operations import (  # noqa: F401
    test_a_sum_of_many_blocks,
    test_a_view_is_put_in_one_piece,
    test_agrees_with_loops,
    test_float32_stays_float32,
    test_numbers_stored_in_16_bits,
)
from .operations.test_pool_runs import test_backward as test_pool_backward_by_runs  # noqa: F401
from .operations.test_pool_runs import test_forward as test_pool_forward_by_runs  # noqa: F401
from .test_objective import (  # noqa: F401
    test_an_interrupted_recording_leaves_the_stream_usable,
    test_gradients_that_outgrow_float16_get_new_scales,
    test_whole_presets_on_tensor_cores,
)
from .test_paint import (  # noqa: F401
    PICTURES,
    settings,
    test_a_painting_on_the_device_is_that_of_the_host,
    test_a_run_that_meets_infinity_keeps_the_last_good_picture,
    test_the_optimizer_may_stay_on_the_host,
)

if not has_gpu():
    pytest.skip("there is no GPU here", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("emulated")

REHEARSED = device.is_emulated()
"""Somebody tries this file on an emulated device: fewer and smaller."""

REPEATS = 2 if REHEARSED else 200
SIDE, CHANNELS, ROWS = 4096, 64, 16
"""Of an array with 2^30 numbers, of which the last rows are looked at."""


@pytest.fixture
def emulated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the emulated device's place: fill memory with NaN, wait for errors at the end."""
    parameters = getattr(request.node, "callspec", None)
    tile = parameters.params.get("tile") if parameters else None
    if tile is not None and tile.hopper and device.require_device(0).capability != HOPPER:
        pytest.skip("Hopper's kernel runs on Hopper alone")
    xp = device.xp()
    allocate = xp.empty

    def empty(*arguments: Any, **options: Any) -> Any:
        array = allocate(*arguments, **options)
        array.data.memset_async(0xFF, array.nbytes)
        return array

    if not REHEARSED:
        monkeypatch.setattr(xp, "empty", empty)
    yield
    xp.cuda.Device().synchronize()


@pytest.fixture
def any_engine(request: pytest.FixtureRequest, emulated: None) -> Engine:
    """Take an engine as it is; `conftest` leaves out those of the host."""
    return request.param


def tiles_here() -> list[tuple[Precision, Tile]]:
    return [
        (precision, tile)
        for precision in TILES
        for tile in possible_tiles(precision, 256) + possible_trials(precision, 256)
    ]


@pytest.mark.parametrize(("precision", "tile"), tiles_here())
def test_a_whole_device_gives_the_same_bits_every_time(precision, tile):
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    height, width, channels = (9, 17, 64) if REHEARSED else (93, 131, 128)
    x, w, b = example(height, width, channels, 256, seed)
    exact = convolve(x.astype(np.float64), w.astype(np.float64), "exact", bias=b.astype(np.float64))
    results = [convolve(x, w, precision, tile=tile, bias=b) for _ in range(2 if REHEARSED else 20)]
    assert used_tolerance(results[0], exact, 2 * ROUNDED[precision]) <= 1
    assert len({result.tobytes() for result in results}) == 1


@pytest.mark.parametrize("precision", ["exact", "tf32", "fast"])
def test_a_graph_gives_the_same_bits_every_time(precision):
    problem = make_problem(*((everything(), (8, 9)) if REHEARSED else ("gatys", (272, 288))))
    objective = GPUObjective(problem, precision)
    first = objective.evaluate(start(problem))
    for _ in range(REPEATS):
        terms, _ = objective.evaluate_in_place()
        assert terms == first.terms
        found = device.to_host(objective.gradient).reshape(first.gradient.shape)
        assert np.array_equal(found, first.gradient)


def test_two_paintings_give_the_same_bits():
    wanted: dict[str, Any] = settings("gatys") | {"engine": "gpu"}
    if not REHEARSED:
        wanted |= {"size": 128, "iterations": 50, "changes": {}}
    first, second = (backpaint.paint(*PICTURES, **wanted).x for _ in range(2))
    assert np.array_equal(first, second)


def needs(nbytes: int) -> None:
    """Skip what does not fit."""
    free = device.require_device(0).free_bytes
    if REHEARSED or free < nbytes:
        pytest.skip(f"needs {nbytes / 1e9:.0f} GB of a real GPU's memory")


def end_of_large(small: np.ndarray, dtype: type) -> Any:
    """Make a device array of zeros with 2^30 numbers, whose last rows are given."""
    large = device.xp().zeros((SIDE, SIDE, CHANNELS), dtype)
    large[-len(small) :] = device.xp().asarray(small.astype(dtype))
    return large


@pytest.mark.parametrize("precision", TILES)
def test_more_elements_than_32_bits_count_bytes_of(precision):
    needs(12 << 30)
    stored, scale = STORED[precision], INPUT_SCALE.get(precision, 1.0)
    small, w, b = example(2 * ROWS, SIDE, CHANNELS, CHANNELS)
    x, filters = end_of_large(small, stored), prepare_filters(w, precision)
    b, out = device.xp().asarray(b), device.xp().empty(x.shape, stored)
    launch_conv(x, filters, out, bias=b, input_scale=scale)
    expected = convolve(small, w, precision, bias=device.to_host(b))
    assert np.array_equal(device.to_host(out[-ROWS:]), expected[-ROWS:])


def test_pools_of_more_elements_than_32_bits_count_bytes_of():
    needs(12 << 30)
    xp = device.xp()
    small, _, _ = example(ROWS, SIDE, CHANNELS, CHANNELS)
    x = end_of_large(small, np.float32)
    y = xp.empty((SIDE // 2, SIDE // 2, CHANNELS), np.float32)
    winners, back = xp.empty(y.shape, np.uint8), xp.empty(x.shape, np.float32)
    launch_max_pool_with_winners(x, winners=winners, out=y)
    launch_unpool_to_winners(y, winners, positive=None, out=back)
    windows = small.reshape(ROWS // 2, 2, SIDE // 2, 2, CHANNELS)
    largest = windows.max(axis=(1, 3), keepdims=True)
    assert np.array_equal(device.to_host(y[-ROWS // 2 :]), largest[:, 0, :, 0])
    expected = np.where(windows == largest, windows, 0).reshape(small.shape)
    assert np.array_equal(device.to_host(back[-ROWS:]), expected)


def test_an_objective_works_from_another_thread():
    problem = make_problem(everything(), (8, 9), styles=((6, 7),))
    objective = GPUObjective(problem, dtype=np.float64)
    first = objective.evaluate(start(problem))
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(objective.evaluate, start(problem)).result()
    assert np.array_equal(again.gradient, first.gradient)
