import numpy as np
import pytest

from backpaint.cpu.convolution.convolution import DirectConvolution, turned
from backpaint.cpu.convolution.tiles import clear_frame, extent, framed_shape, interior
from backpaint.cpu.network.scratch import direct
from backpaint.cpu.threads.team import Team
from backpaint.cpu.threads.workspace import Workspace
from backpaint.reference.conv import conv_backward_input, conv_forward

from ...tolerances import OPERATION, assert_close

WIDEST = (5, 516, 3, 64)
"""One tile more than a piece holds: it is cut along the width."""

SHAPES = ((1, 1, 3, 64), (5, 2, 3, 64), WIDEST, (7, 6, 64, 128), (8, 8, 64, 8))


def framed(x):
    array = np.full(framed_shape(*x.shape), np.nan, np.float32)
    clear_frame(array, *x.shape[:2])
    interior(array, *x.shape[:2])[:] = x
    return array


def convolve(convolution, x):
    size = x.shape[:2]
    y = np.full((*size, convolution.channels_out), np.nan, np.float32)

    def finish(slot, piece, part):
        rows, columns = extent(piece)
        y[piece.rows, piece.columns] = part[:rows, :columns]

    work = Workspace(direct(size, convolution.channels_in, convolution.channels_out), 2)
    convolution.run(Team(2), work, framed(x), size, finish)
    return y


@pytest.mark.parametrize("shape", SHAPES)
def test_operation_against_the_reference(shape):
    height, width, channels, outputs = shape
    rng = np.random.default_rng(0)
    w = rng.normal(size=(3, 3, channels, outputs)).astype(np.float32)
    x = rng.normal(size=(height, width, channels)).astype(np.float32)
    y = conv_forward(x.astype(float), w.astype(float), np.zeros(outputs))
    assert_close("y", convolve(DirectConvolution(w), x), y, OPERATION["float32"])
    grad_y = rng.normal(size=(height, width, outputs)).astype(np.float32)
    grad_x = conv_backward_input(grad_y.astype(float), w.astype(float))
    backward = DirectConvolution(turned(w))
    assert_close("grad_x", convolve(backward, grad_y), grad_x, OPERATION["float32"])
