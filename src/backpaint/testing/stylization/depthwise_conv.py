"""Checks somebody's depthwise convolution, forward and backward."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.conv import conv_backward_bias
from ...reference.stylization.depthwise_conv import (
    depthwise_conv_backward_input,
    depthwise_conv_backward_weights,
    depthwise_conv_forward,
)
from ..judging.battery import battery, incoming
from ..judging.examine import Part, examine
from ..judging.layouts import FeatureLayout, FilterLayout, Layout
from ..judging.mistakes import Values
from ..judging.report import Report
from .convolutions import AVERAGED, filter_size, forward_mistakes, input_mistakes, weights_mistakes

Function = Callable[..., Any]


def check_depthwise_conv(
    forward: Function | None = None,
    backward_input: Function | None = None,
    backward_weights: Function | None = None,
    backward_bias: Function | None = None,
    *,
    stride: int = 2,
    layout: FeatureLayout = "HWC",
    filters: FilterLayout = "HWIO",
    to_array: Callable[[Any], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a depthwise convolution without a border, and its gradients.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x, w, b)`` gives y.
    backward_input : callable, optional
        ``backward_input(grad_y, x, w)`` gives the gradient with respect to x; of x only the shape
        matters.
    backward_weights : callable, optional
        ``backward_weights(grad_y, x, w)`` gives the gradient with respect to w; of w only the
        shape matters.
    backward_bias : callable, optional
        ``backward_bias(grad_y)`` gives the gradient with respect to b.
    stride : int
        How far apart windows are.
    filters : {"HWIO", "OIHW"}
        Order of the axes of w: (height, width, channels), or (channels, 1, height, width).
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    right = {name: partial(_right, name, stride) for name in ("forward", "input", "weights")}
    parts = (
        forward
        and Part("forward", forward, "x w b", "y", right["forward"],
                 forward_mistakes(depthwise_conv_forward, stride)),
        backward_input
        and Part("backward_input", backward_input, "grad_y x w", "x", right["input"],
                 input_mistakes(depthwise_conv_backward_input, stride)),
        backward_weights
        and Part("backward_weights", backward_weights, "grad_y x w", "w", right["weights"],
                 weights_mistakes(depthwise_conv_backward_weights, stride)),
        backward_bias
        and Part("backward_bias", backward_bias, "grad_y", "b",
                 lambda v: conv_backward_bias(v["grad_y"]), (AVERAGED,)),
    )  # fmt: skip
    layouts = Layout(layout, filters, to_array, dtype, is_depthwise=True)
    report = examine("depthwise_conv", parts, battery(partial(_draw, stride)), layouts)
    return report.required() if raises else report


def _draw(stride: int, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    height, width, channels, _ = size
    filters = filter_size(height, width)
    results = [(n - a) // stride + 1 for n, a in zip((height, width), filters, strict=True)]
    return {
        "x": numbers(height, width, channels),
        "w": numbers(*filters, channels),
        "b": numbers(channels),
        "grad_y": incoming(rng, *results, channels),
    }


def _right(name: str, stride: int, v: Values) -> Any:
    if name == "forward":
        return depthwise_conv_forward(v["x"], v["w"], v["b"], stride)
    of = {"input": depthwise_conv_backward_input, "weights": depthwise_conv_backward_weights}
    return of[name](v["grad_y"], v["x"], v["w"], stride)
