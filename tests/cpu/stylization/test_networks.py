"""The engine `cpu` paints in one pass as recorded, whoever helps; and its parts by themselves."""

import numpy as np
import pytest

from backpaint.cpu.stylization.blocks import doubled_blocks, strided_blocks
from backpaint.cpu.stylization.convolution import BlockConvolution
from backpaint.cpu.stylization.depthwise import DepthwiseConvolution
from backpaint.cpu.stylization.frames import Frame
from backpaint.cpu.stylization.networks import CPUNetworks
from backpaint.cpu.stylization.pointwise import Pointwise
from backpaint.cpu.stylization.statistics import merged, moments
from backpaint.reference.stylization.depthwise_conv import depthwise_conv_forward
from backpaint.reference.stylization.reflection_pad import reflection_pad_forward
from backpaint.reference.stylization.strided_conv import strided_conv_forward
from backpaint.reference.stylization.upsample import upsample_forward

from ...fast import recorded


@pytest.fixture(scope="module")
def networks():
    return CPUNetworks(threads=1)


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("size", recorded.SIZES)
def test_paintings_of_any_size_are_as_recorded(networks, size):
    painting = networks.paint(recorded.content(size), recorded.numbers())
    assert painting.dtype == np.float32
    assert recorded.error(painting, size) < recorded.TOLERANCE


def test_the_style_is_read_as_recorded(networks):
    numbers = networks.read_style(recorded.style())
    assert np.abs(numbers - recorded.numbers()).max() < recorded.FOR_NUMBERS


@pytest.mark.parametrize("threads", [2, 3])
def test_bits_do_not_depend_on_threads(networks, threads):
    others, size = CPUNetworks(threads), (128, 132)
    content = recorded.content(size)
    numbers = networks.read_style(recorded.style())
    assert np.array_equal(others.read_style(recorded.style()), numbers)
    assert np.array_equal(others.paint(content, numbers), networks.paint(content, numbers))


@pytest.mark.parametrize(
    ("filters", "stride", "width", "columns"),
    [((9, 9, 3, 8), 1, 8, 20), ((3, 3, 8, 16), 2, 2, 7), ((3, 3, 4, 4), 1, 1, 5),
     ((3, 3, 2, 3), 2, 4, 1), ((1, 1, 3, 2), 1, 4, 6)],
)  # fmt: skip
def test_blocks_convolve(filters, stride, width, columns):
    w, rows = draw(*filters), 5
    blocks = strided_blocks(w, stride, width)
    x = np.zeros((stride * (rows - 1) + filters[0], blocks.reach(columns), filters[2]), np.float32)
    seen = stride * (columns - 1) + filters[1]
    x[:, :seen] = draw(x.shape[0], seen, filters[2])
    convolution = BlockConvolution(blocks, rows, columns)
    found = np.concatenate([convolution.compute(x, band) for band in range(convolution.bands)])
    expected = strided_conv_forward(x[:, :seen], w, np.zeros(filters[3], np.float32), stride)
    assert np.abs(found - expected).max() < 2e-6 * np.abs(expected).max()


def test_small_bands_give_the_same(monkeypatch):
    blocks = strided_blocks(draw(3, 3, 4, 4), 2, 2)
    x = draw(41, blocks.reach(10), 4)
    whole = BlockConvolution(blocks, 20, 10)
    monkeypatch.setattr("backpaint.cpu.stylization.convolution.BAND_FLOATS", 500)
    small = BlockConvolution(blocks, 20, 10)
    assert whole.bands == 1 < small.bands
    assert [small.rows_of(band) for band in range(2)] == [slice(0, 2), slice(2, 4)]
    found = np.concatenate([small.compute(x, band) for band in range(small.bands)])
    assert np.abs(found - whole.compute(x, 0)).max() < 1e-5


@pytest.mark.parametrize("size", [(3, 5), (1, 4), (4, 1)])
def test_a_convolution_of_a_doubled_map_doubles_nothing(size):
    """A repeated edge is what reflection makes of an upsampled map."""
    w, x = draw(3, 3, 2, 3), draw(*size, 2)
    blocks = doubled_blocks(w, 2)
    columns = 2 * size[1]
    frame = Frame(*size, 2, border=1, reach=blocks.reach(columns), repeats=True)
    frame.inside[:] = x
    frame.close()
    convolution = BlockConvolution(blocks, 2 * size[0], columns)
    found = convolution.compute(frame.whole, 0)
    padded = reflection_pad_forward(upsample_forward(x, 2), 1)
    expected = strided_conv_forward(padded, w, np.zeros(3, np.float32), 1)
    assert np.abs(found - expected).max() < 2e-6 * np.abs(expected).max()


def test_a_frame_mirrors_what_lies_inside():
    x = draw(5, 6, 2)
    frame = Frame(5, 6, 2, border=4, reach=20)
    frame.inside[:] = x
    frame.close()
    assert np.array_equal(frame.whole[:, :14], reflection_pad_forward(x, 4))
    assert not frame.whole[:, 14:].any()


@pytest.mark.parametrize(("stride", "channels"), [(1, 3), (1, 640), (2, 4)])
def test_every_channel_gets_its_own_filter(stride, channels):
    x, w, b = draw(9, 13, channels), draw(3, 3, channels), draw(channels)
    expected = depthwise_conv_forward(x, w, b, stride)
    convolution = DepthwiseConvolution(w, b, stride, expected.shape[1])
    found = convolution.compute(x, slice(0, expected.shape[0]))
    assert np.abs(found - expected).max() < 2e-6 * np.abs(expected).max()
    assert np.array_equal(convolution.compute(x, slice(1, 3)), found[1:3])


def test_every_pixel_is_multiplied_by_the_same_matrix():
    x, w, b = draw(3, 5, 4), draw(1, 1, 4, 7), draw(7)
    expected = strided_conv_forward(x, w, b, 1)
    assert np.abs(Pointwise(w, b, 5).compute(x) - expected).max() < 2e-6 * np.abs(expected).max()


def test_moments_of_bands_are_those_of_the_map():
    """Also where a mean is large beside the deviation, and squares would cancel."""
    map_ = draw(40, 9, 3) + np.array([0, 100, -5000], np.float32)
    mean, variance = merged([moments(map_[:7]), moments(map_[7:30]), moments(map_[30:])])
    exact = map_.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_allclose(variance, exact.var(axis=(0, 1)), rtol=1e-4)


def test_the_estimate_of_memory_is_above_the_truth_and_near(networks):
    import tracemalloc

    content, numbers = recorded.content((256, 256)), recorded.numbers()
    tracemalloc.start()
    try:
        networks.paint(content, numbers)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    without_weights = networks.bytes_at((256, 256)) - networks.bytes_at((0, 0))
    assert 0.5 < peak / without_weights < 1.3
