"""Resizing against Pillow, PyTorch and arithmetic by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backpaint.images import resize

SIZES = [(7, 5), (13, 31), (40, 60), (41, 20), (1, 1), (97, 3)]
PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

WAYS = [*((name, True) for name in (*PILLOW, "cubic-cv", "area")), ("bilinear", False)]


@pytest.fixture(scope="module")
def channel():
    return np.random.default_rng(0).uniform(0, 255, (40, 23)).astype(np.float32)


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(1).integers(0, 256, (40, 23, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", PILLOW)
def test_antialiased_is_pillow(channel, interpolation, size):
    ours = resize(channel.astype(np.float64), *size, interpolation, antialias=True)
    theirs = Image.fromarray(channel).resize(size[::-1], PILLOW[interpolation])
    assert ours.dtype == np.float64
    np.testing.assert_array_equal(ours, np.asarray(theirs))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", PILLOW)
def test_eight_bit_is_pillow_bit_for_bit(picture, interpolation, size):
    theirs = Image.fromarray(picture).resize(size[::-1], PILLOW[interpolation])
    ours = resize(picture.astype(np.float64), *size, interpolation, eight_bit=True)
    assert ours.dtype == np.float64
    np.testing.assert_array_equal(ours, np.asarray(theirs))


def test_eight_bit_rounds_after_each_direction():
    block = np.array([[0.0, 1.0], [1.0, 1.0]])
    # the rows' means 0.5 and 1 are rounded to 1 before theirs is taken
    np.testing.assert_array_equal(resize(block, 1, 1, "bilinear"), [[0.75]])
    np.testing.assert_array_equal(resize(block, 1, 1, "bilinear", eight_bit=True), [[1]])
    sampled = resize(block, 1, 1, "bilinear", antialias=False, eight_bit=True)
    np.testing.assert_array_equal(sampled, [[1]])


@pytest.mark.parametrize(("interpolation", "antialias"), WAYS)
def test_eight_bit_knows_whole_levels_alone(channel, interpolation, antialias):
    for size in (channel.shape, (13, 31)):
        levels = resize(channel.astype(np.float64), *size, interpolation, antialias, eight_bit=True)
        np.testing.assert_array_equal(levels, np.rint(levels))
        assert levels.min() >= 0
        assert levels.max() <= 255


def test_nearest_by_hand():
    row = np.array([[10.0, 20.0, 30.0]])
    np.testing.assert_array_equal(resize(row, 1, 5, "nearest"), [[10, 10, 20, 30, 30]])


@pytest.mark.parametrize("size", SIZES)
def test_cubic_cv_is_what_pytorch_calls_bicubic(channel, size):
    torch = pytest.importorskip("torch", reason="the cross-check needs PyTorch")
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(channel.astype(np.float64))[None, None], size=size, mode="bicubic"
    )
    ours = resize(channel.astype(np.float64), *size, "cubic-cv")
    np.testing.assert_allclose(ours, theirs[0, 0].numpy(), rtol=0, atol=1e-11)


def test_cubic_cv_of_whole_levels_is_opencv():
    """As cv2.resize of OpenCV 4.10 and 5.0 makes it of this block."""
    y, x = np.mgrid[:9, :11]
    block = ((37 * x * x + 91 * y + 53 * x * y) % 256).astype(np.float64)
    ours = resize(block, 6, 7, "cubic-cv", eight_bit=True)
    opencv = [
        [29, 135, 73, 118, 77, 81, 166],
        [159, 23, 118, 62, 183, 60, 97],
        [63, 248, 89, 173, 181, 75, 149],
        [209, 144, 30, 106, 20, 101, 162],
        [49, 95, 60, 217, 237, 59, 0],
        [177, 212, 81, 161, 182, 84, 175],
    ]
    np.testing.assert_array_equal(ours, opencv)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("antialias", [False, True])
def test_bilinear_is_pytorch(channel, size, antialias):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    pixels = np.stack([channel, 255 - channel, channel**0.5], axis=-1).astype(np.float64)
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    theirs = torch.nn.functional.interpolate(
        tensor, size=size, mode="bilinear", align_corners=False, antialias=antialias
    )
    ours = resize(pixels, *size, "bilinear", antialias=antialias)
    rounding = 1e-4 if antialias else 1e-10  # Pillow works in float32
    np.testing.assert_allclose(ours, theirs[0].permute(1, 2, 0).numpy(), rtol=0, atol=rounding)


def test_bilinear_by_hand():
    row = np.array([[0.0, 10.0, 20.0, 30.0]])
    # centers of two new pixels at 1 and 3, between old ones: plain sampling takes two neighbors,
    # antialiasing spreads the triangle over four
    np.testing.assert_allclose(resize(row, 1, 2, "bilinear", antialias=False), [[5, 25]])
    np.testing.assert_allclose(resize(row, 1, 2, "bilinear"), [[50 / 7, 160 / 7]], rtol=1e-6)


def test_area_by_hand():
    row = np.array([[0.0, 10.0, 20.0, 30.0]])
    np.testing.assert_allclose(resize(row, 1, 2, "area"), [[5, 25]])
    # three pixels, each of 4/3 old ones: 0 and a third of 10, two thirds of 10 and of 20, ...
    np.testing.assert_allclose(resize(row, 1, 3, "area"), [[2.5, 15, 27.5]])
    np.testing.assert_allclose(resize(row, 1, 7, "area"), [[0, 5, 10, 15, 20, 25, 30]], atol=1e-12)


@pytest.mark.parametrize("size", [(7, 5), (13, 22), (39, 23), (1, 1)])
def test_area_shrinks_as_if_every_pixel_were_many(channel, size):
    pixels = channel.astype(np.float64)
    (old_rows, old_columns), (rows, columns) = pixels.shape, size
    many = pixels.repeat(rows, axis=0).repeat(columns, axis=1)
    blocks = many.reshape(rows, old_rows, columns, old_columns)
    np.testing.assert_allclose(resize(pixels, *size, "area"), blocks.mean(axis=(1, 3)), rtol=1e-12)


@pytest.mark.parametrize("size", [(41, 24), (97, 23), (40, 60)])
def test_area_enlarges_between_the_corners(channel, size):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    pixels = channel.astype(np.float64)
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(pixels)[None, None], size=size, mode="bilinear", align_corners=True
    )
    np.testing.assert_allclose(resize(pixels, *size, "area"), theirs[0, 0].numpy(), atol=1e-10)


@pytest.mark.parametrize(("interpolation", "antialias"), WAYS)
def test_same_size_is_a_copy(channel, interpolation, antialias):
    pixels = channel.astype(np.float64)
    same = resize(pixels, *pixels.shape, interpolation, antialias)
    np.testing.assert_array_equal(same, pixels)
    assert not np.shares_memory(same, pixels)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    old=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    new=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    way=st.sampled_from(WAYS),
)
def test_a_constant_stays_constant(old, new, way):
    resized = resize(np.full((*old, 3), 77.0), *new, *way)
    np.testing.assert_allclose(resized, np.full((*new, 3), 77.0), rtol=1e-6)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_no_size_is_zero(size):
    with pytest.raises(ValueError, match="at least 1 x 1"):
        resize(np.ones((3, 3)), *size)


@pytest.mark.parametrize("size", [(7, 11), (20, 3), (1, 1), (30, 40)])
def test_areas_of_true_and_false_have_the_bits_of_ones_and_zeros(size):
    mask = np.random.default_rng(5).random((20, 24)) < 0.5
    of_ones = resize(mask.astype(np.float64), *size, "area")
    np.testing.assert_array_equal(resize(mask, *size, "area"), of_ones, strict=True)


@pytest.mark.parametrize("interpolation", ["nearest", "bicubic", "lanczos", "area"])
def test_only_bilinear_goes_without_antialiasing(interpolation):
    with pytest.raises(ValueError, match="goes with bilinear, not with " + interpolation):
        resize(np.ones((3, 3)), 2, 2, interpolation, antialias=False)
