"""The first convolution, from a picture to features and back, and the naive rung of the ladder."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import prepare_filters
from backpaint.gpu.convolution.picture import launch_picture_conv, launch_picture_conv_backward
from backpaint.gpu.device.device import to_host, xp
from backpaint.gpu.device.kernel import kernel
from backpaint.reference.conv import conv_backward_input, conv_forward
from backpaint.reference.naive import conv_backward

from ...tolerances import OPERATION, assert_close
from .convolutions import bits

pytestmark = pytest.mark.usefixtures("emulated")

HALF = 1e-3
TYPES = [("float64", "float64"), ("float32", "float32"), ("float32", "float16")]


def tolerance(features: str) -> float:
    return HALF if features == "float16" else OPERATION[features]


@pytest.mark.parametrize(("real", "features"), TYPES)
@pytest.mark.parametrize("size", [(1, 1), (13, 35)])
def test_forward(real, features, size):
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s).astype(real) for s in ((*size, 3), (3, 3, 3, 64), (64,)))
    out = xp().empty((*size, 64), features)
    positive = xp().empty((*size, 8), np.uint8)
    launch_picture_conv(
        xp().asarray(x),
        prepare_filters(w, "exact"),
        out,
        bias=xp().asarray(b),
        relu=True,
        positive=positive,
        scale=1.0,
    )
    exact = np.maximum(conv_forward(*(a.astype(np.float64) for a in (x, w, b))), 0)
    y = to_host(out)
    assert_close("y", y, exact, tolerance(features))
    assert np.array_equal(to_host(positive), bits(y > 0))


@pytest.mark.parametrize(("real", "features"), TYPES)
@pytest.mark.parametrize("size", [(1, 1), (35, 21)])
def test_backward(real, features, size):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((3, 3, 3, 64)).astype(real)
    grad_y = rng.standard_normal((*size, 64)).astype(features)
    out = xp().empty((*size, 3), real)
    launch_picture_conv_backward(
        xp().asarray(grad_y), prepare_filters(w, "exact", turned=True), out, scale=0.25
    )
    exact = conv_backward_input(grad_y.astype(np.float64), w.astype(np.float64)) / 4
    assert_close("grad_x", to_host(out), exact, OPERATION[real])  # float16 is exact as an input


def test_other_channels_are_refused():
    w = np.zeros((3, 3, 4, 64), np.float32)
    x, out = xp().zeros((2, 2, 4), np.float32), xp().zeros((2, 2, 64), np.float32)
    with pytest.raises(ValueError, match="do not fit filters of 4 channels"):
        launch_picture_conv(x, prepare_filters(w, "exact"), out, bias=xp().zeros(64))


@pytest.mark.parametrize("size", [(1, 1, 1, 1), (4, 3, 2, 3), (1, 5, 3, 2)])
def test_naive_kernels_are_the_loops(size):
    height, width, channels_in, channels_out = size
    rng = np.random.default_rng(0)
    x = rng.standard_normal((height, width, channels_in))
    w = rng.standard_normal((3, 3, channels_in, channels_out))
    b = rng.standard_normal(channels_out)
    grad_y = rng.standard_normal((height, width, channels_out))

    def run(name: str, like: Any, *inputs: Any) -> Any:
        out = xp().empty(like.shape, np.float64)
        sent = [xp().asarray(value) for value in inputs]
        function = kernel("conv_1_naive.cu", name, REAL="double")
        function((-(-like.size // 32),), (32,), (*sent, out, *map(np.int32, size)))
        return to_host(out)

    grad_x, grad_w, _ = conv_backward(grad_y, x, w)
    y = run("conv_forward_naive", grad_y, x, w, b)
    assert_close("y", y, conv_forward(x, w, b), OPERATION["float64"])
    found = run("conv_backward_input_naive", x, grad_y, w)
    assert_close("grad_x", found, grad_x, OPERATION["float64"])
    found = run("conv_backward_weights_naive", w, grad_y, x)
    assert_close("grad_w", found, grad_w, OPERATION["float64"])
