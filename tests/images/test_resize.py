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


@pytest.fixture(scope="module")
def channel():
    return np.random.default_rng(0).uniform(0, 255, (40, 23)).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
def test_antialiased_is_pillow(channel, interpolation, size):
    ours = resize(channel.astype(np.float64), *size, interpolation, antialias=True)
    theirs = Image.fromarray(channel).resize(size[::-1], PILLOW[interpolation])
    assert ours.dtype == np.float64
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-3)  # Pillow works in float32


def between_pixels(old, new):
    """Where the center of a new pixel lies on the border of two old ones."""
    return ((2 * np.arange(new) + 1) * old) % (2 * new) == 0


@pytest.mark.parametrize("size", SIZES)
def test_nearest_is_pillow(channel, size):
    theirs = np.asarray(Image.fromarray(channel).resize(size[::-1], Image.Resampling.NEAREST))
    ours = resize(channel.astype(np.float64), *size, "nearest")
    rows = ~between_pixels(40, size[0])  # at ties Pillow's rounding errors decide
    columns = ~between_pixels(23, size[1])
    np.testing.assert_array_equal(ours[rows][:, columns], theirs[rows][:, columns])


def test_nearest_takes_the_later_of_two():
    row = np.arange(40.0)[np.newaxis]
    assert resize(row, 1, 97, "nearest")[0, 48] == 20  # 48.5 * 40 / 97


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
    np.testing.assert_allclose(ours, theirs[0].permute(1, 2, 0).numpy(), rtol=1e-12, atol=1e-10)


def test_bilinear_by_hand():
    row = np.array([[0.0, 10.0, 20.0, 30.0]])
    # centers of two new pixels at 1 and 3, between old ones: plain sampling takes two neighbors,
    # antialiasing spreads the triangle over four
    np.testing.assert_allclose(resize(row, 1, 2, "bilinear", antialias=False), [[5, 25]])
    np.testing.assert_allclose(resize(row, 1, 2, "bilinear"), [[50 / 7, 160 / 7]])


@pytest.mark.parametrize("interpolation", PILLOW)
@pytest.mark.parametrize("antialias", [False, True])
def test_same_size_is_a_copy(channel, interpolation, antialias):
    pixels = channel.astype(np.float64)
    same = resize(pixels, *pixels.shape, interpolation, antialias)
    np.testing.assert_allclose(same, pixels, rtol=0, atol=1e-12)
    assert not np.shares_memory(same, pixels)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    old=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    new=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    interpolation=st.sampled_from(sorted(PILLOW)),
    antialias=st.booleans(),
)
def test_a_constant_stays_constant(old, new, interpolation, antialias):
    resized = resize(np.full((*old, 3), 77.0), *new, interpolation, antialias)
    np.testing.assert_allclose(resized, np.full((*new, 3), 77.0), rtol=1e-12)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_no_size_is_zero(size):
    with pytest.raises(ValueError, match="at least 1 x 1"):
        resize(np.ones((3, 3)), *size)
