"""Every convolution kernel in every size of tile, against the same convolution in float64."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import Precision
from backpaint.gpu.convolution.tiles import TILES, choose_tile, possible_tiles
from backpaint.gpu.device import device
from backpaint.reference.conv import conv_backward_input

from ...tolerances import used_tolerance
from .convolutions import Array, bits, convolve, example, expected

pytestmark = pytest.mark.usefixtures("emulated")

# Against operands that were rounded alike, only the order of the sum differs, and what rounds the
# result to 11 bits.  Against unrounded operands, the rounding shows.
SUM, ROUNDED_RESULT = 1e-5, 2.0**-11
ROUNDED: dict[Precision, float] = {"exact": 2e-6, "split": 2e-6, "tf32": 1e-3, "fast": 1e-3}
SIZES = ((5, 7), (1, 1), (17, 19))


def all_tiles(*, few: bool) -> list[Any]:
    """List precisions and tiles; of each kernel the smallest is quick, and few are a wide one more.

    But for float16 on older devices: the kernel is that of TF32, its products those of `split`.
    """
    found = []
    for precision, tiles in TILES.items():
        last = {tile.name: tile for tile in tiles}.values()
        for tile in tiles:
            older = precision == "fast" and not tile.hopper
            wide = precision == "tf32" and (tile.rows, tile.channels) == (8, 128)
            marks = [] if tile in last and not older else [pytest.mark.slow]
            name = f"{precision} {tile.name} {tile.rows}x{tile.channels}"
            if tile in last or wide or not few:
                found.append(pytest.param(precision, tile, id=name, marks=marks))
    return found


every_tile = pytest.mark.parametrize(("precision", "tile"), all_tiles(few=False))
some_tiles = pytest.mark.parametrize(("precision", "tile"), all_tiles(few=True))


def assert_sums(actual: Array, exact: Array, *, rounded_result: bool) -> None:
    """Compare with a result from equally rounded operands."""
    allowed = SUM * np.abs(exact).max()
    if rounded_result:
        allowed = allowed + ROUNDED_RESULT * np.abs(exact)
    assert np.isfinite(actual).all()
    assert (np.abs(actual - exact) <= allowed).all()


@every_tile
def test_forward(precision, tile):
    for height, width in SIZES:
        x, w, b = example(height, width, 64, tile.channels)
        positive = np.full((height, width, tile.channels // 8), 99, np.uint8)
        sent = device.xp().asarray(positive)
        y = convolve(x, w, precision, tile=tile, bias=b, relu=True, positive=sent)
        alike = np.maximum(expected(x, w, b, precision, cut=tile.hopper), 0)
        assert_sums(y, alike, rounded_result=precision == "fast" or tile.hopper)
        exact = np.maximum(expected(x, w, b, "exact"), 0)
        assert used_tolerance(y, exact, ROUNDED[precision]) <= 1
        assert np.array_equal(device.to_host(sent), bits(y > 0))


@some_tiles
@pytest.mark.parametrize("in_place", [False, True])
def test_backward(precision, tile, in_place):
    _, w, _ = example(1, 1, tile.channels, 128)
    rng = np.random.default_rng(1)
    grad_y = rng.standard_normal((6, 18, 128)).astype(np.float32)
    tap = rng.standard_normal((6, 18, tile.channels)).astype(np.float32)
    alive = rng.random(tap.shape) < 0.5
    grad_x = convolve(
        grad_y, w, precision, turned=True, tile=tile, add=tap, in_place=in_place, mask=bits(alive)
    )
    exact = conv_backward_input(grad_y.astype(np.float64), w.astype(np.float64))
    exact = np.where(alive, exact + tap, 0)
    assert used_tolerance(grad_x, exact, ROUNDED[precision]) <= 1
    assert (grad_x[~alive] == 0).all()


@some_tiles
def test_every_schedule_gives_the_same_bits(precision, tile):
    x, w, b = example(9, 17, 128, tile.channels)
    results = []
    for schedule in (0, 3):
        with device.emulate(schedule=schedule):
            results.append(convolve(x, w, precision, tile=tile, bias=b).tobytes())
    assert len(set(results)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("precision", TILES)
def test_every_tile_of_a_kernel_gives_the_same_bits(precision):
    x, w, b = example(11, 21, 64, 128)
    results: dict[str, set[bytes]] = {}
    for tile in TILES[precision]:
        y = convolve(x, w, precision, tile=tile, bias=b)
        results.setdefault(tile.name, set()).add(y.tobytes())
    assert all(len(found) == 1 for found in results.values())


def test_split_products_keep_float32s_digits_at_any_scale():
    x, w, b = example(4, 5, 64, 64)
    exact = expected(x, w, 0 * b, "exact")
    for exponent in (-40, 0, 40):
        scale = np.float32(2.0**exponent)
        y = convolve(x * scale, w / scale, "split", input_scale=float(4096 / scale))
        assert used_tolerance(y, exact, ROUNDED["split"]) <= 1


@pytest.mark.parametrize("precision", ["exact", "split"])
def test_long_sums_lose_no_digits(precision):
    x, w, b = example(2, 3, 512, 64)
    y = convolve(x, w, precision)
    assert used_tolerance(y, expected(x, w, 0 * b, "exact"), 1e-6) <= 1


def test_split_products_beat_their_parts():
    x, w, b = example(4, 5, 64, 64)
    exact = expected(x, w, 0 * b, "exact")
    cut = convolve(x.astype(np.float16).astype(np.float32), w, "split")
    assert used_tolerance(cut, exact, 20 * ROUNDED["split"]) > 1


@pytest.mark.parametrize("precision", TILES)
def test_the_scale_is_that_of_the_sum(precision):
    x, w, b = example(3, 4, 64, 64)
    plain = convolve(x, w, precision, bias=b)
    scaled = convolve(x / 4, w, precision, bias=8 * b, scale=32.0)
    assert np.array_equal(scaled, 8 * plain)


@pytest.mark.parametrize("precision", TILES)
def test_what_is_no_number_stays_none(precision):
    x, w, b = example(5, 5, 64, 64)
    x[2, 2, 7] = np.nan
    y = convolve(x, w, precision, bias=b, relu=True)
    assert np.isnan(y[1:4, 1:4]).all()
    assert np.isfinite(y[0]).all()


@pytest.mark.parametrize("capability", [(8, 0), (8, 9), (12, 0)])
def test_other_devices_have_the_older_kernels(capability):
    for precision in TILES:
        with device.emulate(capability=capability):
            assert not any(tile.hopper for tile in possible_tiles(precision, 128))
            assert choose_tile(precision, 512, 512, 128) == possible_tiles(precision, 128)[0]
    assert choose_tile("fast", 512, 512, 128).name == "conv_sm90"


def test_a_small_image_is_cut_into_small_tiles():
    for precision in TILES:
        large, small = (choose_tile(precision, side, side, 64) for side in (512, 4))
        assert large.name == small.name
        assert large.rows * large.channels > small.rows * small.channels


@pytest.mark.parametrize(
    ("precision", "shape", "message"),
    [
        ("tf32", (3, 3, 64, 60), "multiples of 64"),
        ("exact", (3, 5, 64, 64), r"expected \(3, 3"),
        ("exact", (3, 3, 32, 64), "do not fit filters from 32 to 64"),
    ],
)
def test_what_does_not_fit_is_refused(precision, shape, message):
    with pytest.raises(ValueError, match=message):
        convolve(np.zeros((4, 4, 64), np.float32), np.zeros(shape, np.float32), precision)


def test_a_wrong_dtype_is_refused():
    x, w, _ = example(2, 2, 64, 64)
    with pytest.raises(ValueError, match=r"x is float64 .* exact filters take float32"):
        convolve(x.astype(np.float64), w, "exact")
