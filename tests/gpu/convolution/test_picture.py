"""The first convolution, from a picture to features and back, and the naive rung of the ladder."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import prepare_filters
from backpaint.gpu.convolution.picture import launch_picture_conv, launch_picture_conv_backward
from backpaint.gpu.device.device import is_emulated, to_host, xp
from backpaint.gpu.device.kernel import kernel
from backpaint.reference.conv import conv_backward_input, conv_forward
from backpaint.reference.naive import conv_backward

from ...tolerances import OPERATION, assert_close
from ..every_way import EveryWay, Results, same_bits
from .convolutions import bits

pytestmark = pytest.mark.usefixtures("emulated")

HALF = 1e-3
TYPES = [
    ("float64", "float64"),
    pytest.param("float32", "float32", marks=pytest.mark.slow),
    pytest.param("float32", "float16", marks=pytest.mark.slow),
]


def tolerance(features: str) -> float:
    return HALF if features == "float16" else OPERATION[features]


@pytest.mark.parametrize(("real", "features"), TYPES)
@pytest.mark.parametrize("size", [(1, 1), (13, 35)])
def test_forward(real, features, size):
    """Both kernels; they add in one order."""
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
        choose=(every := EveryWay()),
    )
    assert_same(every.only)
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
    filters, every = prepare_filters(w, "exact", turned=True), EveryWay()
    launch_picture_conv_backward(xp().asarray(grad_y), filters, out, scale=0.25, choose=every)
    assert_same(every.only)
    exact = conv_backward_input(grad_y.astype(np.float64), w.astype(np.float64)) / 4
    assert_close("grad_x", to_host(out), exact, OPERATION[real])  # float16 is exact as an input


def assert_same(results: Results) -> None:
    """The same bits here; a GPU's compiler may fuse a multiplication with an addition."""
    first, second = (of_way[0] for of_way in results.values())
    exact, allowed = first.astype(np.float64), tolerance(str(first.dtype))
    assert_close("second way", second, exact, allowed)
    assert same_bits(results) or not is_emulated()


def test_the_first_features_may_be_few_or_before_a_relu():
    """One way for odd channels; tiles that are not full, and no ReLU bits, in both ways."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4, 3))
    for channels, ways in ((72, 2), (7, 1)):
        w, b = rng.standard_normal((3, 3, 3, channels)), rng.standard_normal(channels)
        out = xp().empty((3, 4, channels), np.float64)
        every, filters = EveryWay(), prepare_filters(w, "exact")
        bias = xp().asarray(b)
        launch_picture_conv(xp().asarray(x), filters, out, bias=bias, choose=every)
        assert len(every.only) == ways
        exact = conv_forward(x, w, b)
        for (found,) in every.only.values():
            assert_close("y", found, exact, OPERATION["float64"])


def test_the_second_ways_know_few_steps_and_want_whole_runs():
    rng, every = np.random.default_rng(0), EveryWay()
    x, w = (xp().asarray(rng.random(size)) for size in ((2, 3, 3), (3, 3, 3, 8)))
    b, room = xp().asarray(np.ones(9, np.float64)), xp().empty(2 * 3 * 8 + 4, np.float64)
    filters, turned = prepare_filters(w, "exact"), prepare_filters(w, "exact", turned=True)
    whole, askew = (room[first : 48 + first].reshape(2, 3, 8) for first in (4, 1))

    def ways(out: Any, bias: Any) -> int:
        launch_picture_conv(x, filters, out, bias=bias, choose=every)
        return len(every.found.popitem()[1])

    assert ways(whole, b[:8]) == 2
    assert [ways(askew, b[:8]), ways(whole, b[1:]), ways(whole, None)] == [1, 1, 1]
    launch_picture_conv_backward(askew, turned, xp().empty((2, 3, 3), np.float64), choose=every)
    assert len(every.only) == 1


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
