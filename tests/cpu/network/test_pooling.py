import numpy as np
import pytest

from backpaint.cpu.convolution.tiles import clear_frame, framed_shape, interior
from backpaint.cpu.network.overlapping_pooling import (
    overlapping_pool,
    overlapping_unpool,
    overlapping_weights,
)
from backpaint.cpu.network.pooling import read_mask, write_mask
from backpaint.cpu.threads.team import Team
from backpaint.reference.overlapping_average_pool import (
    overlapping_average_pool_backward,
    overlapping_average_pool_forward,
)

from ...tolerances import OPERATION, assert_close

SIZES = [(1, 1), (1, 4), (5, 1), (2, 3), (4, 4), (7, 6), (5, 9)]


def framed(x):
    array = np.full(framed_shape(*x.shape), np.nan, np.float32)
    clear_frame(array, *x.shape[:2])
    interior(array, *x.shape[:2])[:] = x
    return array


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count_padding", [True, False])
def test_overlapping_pool_against_the_reference(size, count_padding):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(*size, 8))
    expected = overlapping_average_pool_forward(x, count_padding)
    pooled = expected.shape[:2]
    shares = overlapping_weights(size, pooled, count_padding)
    out = framed(np.full(expected.shape, np.nan))
    overlapping_pool(Team(2), framed(x), out, pooled, shares)
    assert_close("y", interior(out, *pooled), expected, OPERATION["float32"])

    grad_y = rng.normal(size=expected.shape)
    grad_x = np.full(x.shape, np.nan)

    def finish(grad, rows, columns):
        grad_x[rows, columns] = grad

    overlapping_unpool(Team(2), framed(grad_y * shares[0] * shares[1]), size, finish)
    expected = overlapping_average_pool_backward(grad_y, x, count_padding)
    assert_close("grad_x", grad_x, expected, OPERATION["float32"])


def test_masks_come_back_as_they_were_written():
    rng = np.random.default_rng(0)
    passes = rng.random((6, 7, 16)) > 0.5
    bits = np.zeros((6, 7 * 16 // 8), np.uint8)
    for rows in (slice(0, 4), slice(4, 6)):
        for columns in (slice(0, 3), slice(3, 7)):
            write_mask(bits, rows, columns, passes[rows, columns])
    for rows, columns in ((slice(0, 6), slice(0, 7)), (slice(2, 5), slice(1, 6))):
        assert np.array_equal(read_mask(bits, rows, columns, 16), passes[rows, columns])
