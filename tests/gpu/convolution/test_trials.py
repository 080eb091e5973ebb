"""What may replace a kernel once a device has compared the two gives the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.gpu.kernels.variants import STEPS_OF_A_NETWORK

from backpaint.errors import UsageError
from backpaint.gpu.convolution.convolution import ConvTask, own_ways, ruled_way
from backpaint.gpu.convolution.filters import Precision, prepare_filters
from backpaint.gpu.convolution.launch import ADD, BIAS, MASK, POSITIVE, RELU
from backpaint.gpu.convolution.tiles import TILES, TRIALS, Tile, possible_trials
from backpaint.gpu.device import device

from ...tolerances import used_tolerance
from .convolutions import bits, convolve, example, expected
from .test_kernels import ROUNDED, assert_sums

pytestmark = pytest.mark.usefixtures("emulated")


def trial(precision: Precision, variant: str, rows: int, channels: int) -> Tile:
    wanted = variant, rows, channels
    return next(t for t in TRIALS[precision] if (t.variant, t.rows, t.channels) == wanted)


def strips(
    precision: Precision, rows: int, channels: int, *steps: int, variant: str, slow: bool = False
) -> Any:
    tile = trial(precision, variant, rows, channels)
    name = f"{precision} {rows}x{channels} {variant} {steps}"
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(precision, tile, steps, id=name, marks=marks)


NARROW, WIDE = "in strips", "in wide strips"
STRIPS = [
    strips("fast", 8, 64, ADD + MASK, variant=WIDE),
    strips("fast", 8, 64, 13, variant=WIDE, slow=True),
    strips("fast", 8, 64, 13, variant=NARROW, slow=True),
    strips("tf32", 16, 128, 13, ADD + MASK, variant=WIDE, slow=True),
    strips("tf32", 8, 64, ADD + MASK, variant=NARROW, slow=True),
    strips("tf32", 8, 64, 0, BIAS, variant=WIDE, slow=True),
]
"""Of all `STEPS_OF_A_NETWORK`, for each of which g++ compiles the kernel anew."""


def steps_of(number: int, height: int, width: int, channels: int) -> dict[str, Any]:
    """Draw what some steps take; `positive` is on the device, to be read afterwards."""
    rng = np.random.default_rng(1)
    shape = (height, width, channels)
    every = {
        BIAS: ("bias", rng.standard_normal(channels).astype(np.float32)),
        ADD: ("add", rng.standard_normal(shape).astype(np.float32)),
        RELU: ("relu", True),
        POSITIVE: ("positive", device.xp().zeros((height, width, channels // 8), np.uint8)),
        MASK: ("mask", bits(rng.random(shape) < 0.5)),
    }
    return dict(value for step, value in every.items() if number & step)


@pytest.mark.parametrize(("precision", "tile", "numbers"), STRIPS)
def test_strips_give_what_pairs_give(precision, tile, numbers):
    """The same bits here; a GPU's compiler may fuse a multiplication with an addition."""
    (pairs,) = (t for t in TILES[precision] if (t.name, t.rows, t.channels) == size_of(tile))
    for number in numbers if device.is_emulated() else STEPS_OF_A_NETWORK:
        x, w, _ = example(9, 17, 64, 128)
        steps = steps_of(number, 9, 17, 128)
        y = convolve(x, w, precision, tile=tile, **steps)
        other = convolve(
            x, w, precision, tile=pairs, **steps | steps_of(number & POSITIVE, 9, 17, 128)
        )
        assert used_tolerance(y, other, 0.0 if device.is_emulated() else ROUNDED[precision]) <= 1
        if number & POSITIVE:
            assert np.array_equal(device.to_host(steps["positive"]), bits(y > 0))


def shared(precision: Precision, channels: int, variant: str, *, slow: bool) -> Any:
    """Name a tile in clusters."""
    tile = trial(precision, variant, 16, channels)
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(precision, tile, id=f"{precision} {tile.label}", marks=marks)


CLUSTERS = [
    shared("fast", 64, f"{WIDE} in clusters", slow=False),
    *(
        shared(precision, channels, variant, slow=True)
        for precision in ("fast", "tf32")
        for channels in (64, 128)
        for variant in ("in clusters", f"{WIDE} in clusters")
        if (precision, channels, variant) != ("fast", 64, f"{WIDE} in clusters")
    ),
]


@pytest.mark.parametrize(("precision", "tile"), CLUSTERS)
def test_clusters_give_what_blocks_give(precision, tile):
    """In every schedule; each buffer is in use twice, and both tiles reach past the image."""
    x, w, b = example(17, 9, 128, tile.whole_channels)
    usual = convolve(x, w, precision, tile=TILES[precision][3], bias=b, relu=True)
    for schedule in range(3):
        with device.emulate(schedule=schedule):
            found = convolve(x, w, precision, tile=tile, bias=b, relu=True)
        assert np.array_equal(found, usual)


def test_a_cluster_wants_an_even_number_of_tiles():
    for channels, clusters in ((64, 0), (128, 1), (192, 0), (256, 2)):
        tiles = [tile for tile in possible_trials("fast", channels) if tile.cluster > 1]
        assert {tile.channels for tile in tiles} == set([64, 128][:clusters])


def test_blocks_share_whole_rows_only():
    """With 18 rows for four blocks the last would never come, and their bytes be waited for."""
    tile = trial("fast", "in clusters", 16, 64)
    tile = replace(tile, defines={**tile.defines, "CLUSTER": 4}, cluster=4)
    x, w, _ = example(5, 7, 64, 256)
    with pytest.raises(UsageError, match="each block copies whole rows"):
        convolve(x, w, "fast", tile=tile)


def size_of(tile: Tile) -> tuple[str, int, int]:
    return tile.name, tile.rows, tile.channels


def test_a_strip_adds_to_what_is_there():
    tile, tap = trial("fast", WIDE, 8, 64), np.ones((5, 7, 64), np.float32)
    x, w, _ = example(5, 7, 64, 64)
    mask = bits(np.ones(tap.shape, bool))
    apart = convolve(x, w, "fast", tile=tile, add=tap, mask=mask)
    together = convolve(x, w, "fast", tile=tile, add=tap, mask=mask, in_place=True)
    assert np.array_equal(together, apart)


@pytest.mark.slow
def test_copies_round_and_leave_the_result_alone():
    x, w, b = example(5, 7, 64, 64)
    exact = expected(x, w, b, "tf32")
    y = convolve(x, w, "tf32", tile=trial("tf32", "rounding copies", 8, 64), bias=b)
    assert_sums(y, exact, rounded_result=False)
    with pytest.raises(AssertionError):
        assert_sums(convolve(x, w, "tf32", bias=b), exact, rounded_result=False)


def test_only_the_clock_takes_a_trial():
    _, w, _ = example(1, 1, 64, 256)
    for precision in ("tf32", "fast"):
        filters = prepare_filters(w, precision)
        task = ConvTask(precision, "float32", 512, 512, 64, 256, ())
        labels = [way.label for way in own_ways(task, filters)]
        assert len(set(labels)) == len(labels)
        assert {tile.label for tile in TRIALS[precision]} <= set(labels)
        assert ruled_way(task).label in {tile.label for tile in TILES[precision]}
