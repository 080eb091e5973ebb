"""The first convolution of a picture whose outermost pixels are repeated, and back."""

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import prepare_filters
from backpaint.gpu.convolution.picture import launch_picture_conv, launch_picture_conv_backward
from backpaint.gpu.device.device import to_host, xp
from backpaint.reference.conv import conv_backward_input, conv_forward
from backpaint.reference.edge_pad import edge_pad_backward, edge_pad_forward

from ...tolerances import OPERATION, assert_close
from ..every_way import EveryWay
from .convolutions import bits
from .test_picture import TYPES, assert_same, tolerance

pytestmark = pytest.mark.usefixtures("emulated")

SIZES = [(1, 1), (1, 5), (4, 1), (2, 3), (11, 19)]
"""Pixels with up to eight copies; borders of one, two and more rows, and more than one tile."""


@pytest.mark.parametrize(("real", "features"), TYPES)
def test_forward(real, features):
    rng, every = np.random.default_rng(0), EveryWay()
    w, b = (rng.standard_normal(size).astype(real) for size in ((3, 3, 3, 64), (64,)))
    filters, bias = prepare_filters(w, "exact"), xp().asarray(b)
    for size in SIZES:
        x = rng.standard_normal((*size, 3)).astype(real)
        out, positive = xp().empty((*size, 64), features), xp().empty((*size, 8), np.uint8)
        steps = {"bias": bias, "relu": True, "positive": positive}
        launch_picture_conv(xp().asarray(x), filters, out, **steps, padding="edge", choose=every)
        assert_same(every.found.popitem()[1])
        padded = edge_pad_forward(x.astype(np.float64))
        exact = conv_forward(padded, w.astype(np.float64), b.astype(np.float64))[1:-1, 1:-1]
        y = to_host(out)
        assert_close(f"y of {size}", y, np.maximum(exact, 0), tolerance(features))
        assert np.array_equal(to_host(positive), bits(y > 0))


@pytest.mark.parametrize(("real", "features"), TYPES)
def test_backward(real, features):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((3, 3, 3, 72)).astype(real)
    filters = prepare_filters(w, "exact", turned=True)
    for size in SIZES:
        grad_y = rng.standard_normal((*size, 72)).astype(features)
        out = xp().empty((*size, 3), real)
        launch_picture_conv_backward(xp().asarray(grad_y), filters, out, scale=0.25, padding="edge")
        bordered = np.pad(grad_y.astype(np.float64), ((1, 1), (1, 1), (0, 0)))
        exact = edge_pad_backward(conv_backward_input(bordered, w.astype(np.float64))) / 4
        assert_close(f"grad_x of {size}", to_host(out), exact, OPERATION[real])


def test_by_hand():
    """The first output sees the corner four times, its neighbors twice, the next pixel once."""
    w = np.zeros((3, 3, 3, 8), np.float64)
    w[:, :, 0, 0] = np.arange(1, 10).reshape(3, 3)
    x = np.zeros((2, 3, 3), np.float64)
    x[..., 0] = np.arange(1, 7).reshape(2, 3)
    y, bias = xp().empty((2, 3, 8), np.float64), xp().asarray(np.zeros(8, np.float64))
    filters = prepare_filters(w, "exact")
    launch_picture_conv(xp().asarray(x), filters, y, bias=bias, padding="edge")
    # (1 + 2 + 4 + 5) 1 + (3 + 6) 2 + (7 + 8) 4 + 9 5
    assert to_host(y)[0, 0, 0] == 12 * 1 + 9 * 2 + 15 * 4 + 9 * 5
    grad_y = np.zeros((2, 3, 8), np.float64)
    grad_y[0, 0, 0] = 2
    grad_x, turned = xp().empty((2, 3, 3), np.float64), prepare_filters(w, "exact", turned=True)
    launch_picture_conv_backward(xp().asarray(grad_y), turned, grad_x, padding="edge")
    assert to_host(grad_x)[..., 0].tolist() == [[24, 18, 0], [30, 18, 0]]


def test_each_padding_is_a_task_of_its_own():
    """What the clock found for one says nothing about the other."""
    x, w = xp().zeros((2, 3, 3), np.float64), np.zeros((3, 3, 3, 8), np.float64)
    out, every = xp().empty((2, 3, 8), np.float64), EveryWay()
    bias, filters = xp().asarray(np.ones(8, np.float64)), prepare_filters(w, "exact")
    for padding in ("zeros", "edge"):
        launch_picture_conv(x, filters, out, bias=bias, padding=padding, choose=every)
    assert list(every.found) == [
        f"conv_from_picture {name} float64 2x3x3 float64 2x3x8" for name in ("1", "1 edge")
    ]
