"""Checks of your 3x3 convolution, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..check.operations.sizes import Size
from ..reference.conv import (
    conv_backward_bias,
    conv_backward_input,
    conv_backward_weights,
    conv_forward,
)
from .judging.battery import battery, incoming
from .judging.examine import Part, examine
from .judging.layouts import Array, FeatureLayout, FilterLayout, Layout
from .judging.mistakes import Mistake, Values
from .judging.report import Report

Function = Callable[..., Any]


def check_conv(
    forward: Function | None = None,
    backward_input: Function | None = None,
    backward_weights: Function | None = None,
    backward_bias: Function | None = None,
    *,
    layout: FeatureLayout = "HWC",
    filters: FilterLayout = "HWIO",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a 3x3 convolution with stride 1 and a border of zeros, and its gradients.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x, w, b)`` gives y.
    backward_input : callable, optional
        ``backward_input(grad_y, w)`` gives the gradient with respect to x.
    backward_weights : callable, optional
        ``backward_weights(grad_y, x)`` gives the gradient with respect to w.
    backward_bias : callable, optional
        ``backward_bias(grad_y)`` gives the gradient with respect to b.
    layout : {"HWC", "CHW", "NHWC", "NCHW"}
        Order of the axes of x, y and their gradients; N is a batch of one.
    filters : {"HWIO", "OIHW"}
        Order of the axes of w and its gradient.
    to_array : callable, optional
        Makes an array of your library, such as ``torch.from_numpy``.  Results may be of any
        library that NumPy can read.
    dtype : dtype
        Of the arrays that your functions get.
    raises : bool
        False: return the report even if something is wrong.

    Returns
    -------
    Report
        ``print(report)`` tells everything; ``report.ok`` whether all is right.

    Raises
    ------
    WrongGradient
        An `AssertionError`, whose message names the mistake, if a function is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from backpaint.reference.conv import conv_backward_input, conv_forward
    >>> from backpaint.testing import check_conv
    >>> check_conv(conv_forward, conv_backward_input).ok
    True
    >>> def not_turned(grad_y, w):
    ...     return conv_forward(grad_y, w.transpose(0, 1, 3, 2), np.zeros(w.shape[2]))
    >>> print(check_conv(backward_input=not_turned, raises=False))  # doctest: +ELLIPSIS
    conv
      backward_input: WRONG (24 cases, worst error ...)
        your gradient is the one for filters not turned by 180 degrees
    """
    parts = (
        forward and Part("forward", forward, "x w b", "y", _forward, FORWARD),
        backward_input
        and Part("backward_input", backward_input, "grad_y w", "x", _input, BACKWARD_INPUT),
        backward_weights
        and Part("backward_weights", backward_weights, "grad_y x", "w", _weights, BACKWARD_WEIGHTS),
        backward_bias
        and Part("backward_bias", backward_bias, "grad_y", "b", _bias, factors=BIAS_FACTORS),
    )
    report = examine("conv", parts, battery(_draw), Layout(layout, filters, to_array, dtype))
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    height, width, channels, channels_out = size
    return {
        "x": numbers(height, width, channels),
        "w": numbers(3, 3, channels, channels_out),
        "b": numbers(channels_out),
        "grad_y": incoming(rng, height, width, channels_out),
    }


def _forward(v: Values) -> Array:
    return conv_forward(v["x"], v["w"], v["b"])


def _input(v: Values) -> Array:
    return conv_backward_input(v["grad_y"], v["w"])


def _weights(v: Values) -> Array:
    return conv_backward_weights(v["grad_y"], v["x"])


def _bias(v: Values) -> Array:
    return conv_backward_bias(v["grad_y"])


def _padded(x: Array, w: Array, mode: Any) -> Array:
    """Convolve with another border, without a bias."""
    wide = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode=mode)
    return conv_forward(wide, w, np.zeros(w.shape[3]))[1:-1, 1:-1]


def _back(grad_y: Array, w: Array) -> Array:
    """Convolve the incoming gradient with filters in the shape for it."""
    return conv_forward(grad_y, w, np.zeros(w.shape[3]))


def _turned(w: Array) -> Array:
    return w[::-1, ::-1]


def _exchanged(w: Array) -> Array:
    return w.transpose(0, 1, 3, 2)


def _without_border(y: Array) -> Array:
    inside = np.zeros_like(y)
    inside[1:-1, 1:-1] = y[1:-1, 1:-1]
    return inside


def _padded_weights(v: Values, mode: Any) -> Array:
    """Correlate with an image whose border is not zero."""
    wide = np.pad(v["x"], ((1, 1), (1, 1), (0, 0)), mode=mode)
    grad_wide = np.pad(v["grad_y"], ((1, 1), (1, 1), (0, 0)))
    return conv_backward_weights(grad_wide, wide)


FORWARD = (
    Mistake("convolution instead of cross-correlation: your filters are turned by 180 degrees",
            lambda v: conv_forward(v["x"], _turned(v["w"]), v["b"])),
    Mistake("the filters' height and width are exchanged",
            lambda v: conv_forward(v["x"], v["w"].swapaxes(0, 1), v["b"])),
    Mistake("the filters' channel axes are exchanged",
            lambda v: conv_forward(v["x"], _exchanged(v["w"]), v["b"])),
    Mistake("padding by replication instead of zeros",
            lambda v: _padded(v["x"], v["w"], "edge") + v["b"]),
    Mistake("padding by reflection instead of zeros",
            lambda v: _padded(v["x"], v["w"], "reflect") + v["b"]),
    Mistake("padding wraps around instead of zeros",
            lambda v: _padded(v["x"], v["w"], "wrap") + v["b"]),
    Mistake("the bias is missing", lambda v: _forward(v) - v["b"]),
    Mistake("the bias is added once for each input channel",
            lambda v: _forward(v) + (v["x"].shape[2] - 1) * v["b"]),
    Mistake("the bias is added once for each of the nine filter positions",
            lambda v: _forward(v) + 8 * v["b"]),
    Mistake("the bias is subtracted", lambda v: _forward(v) - 2 * v["b"]),
    Mistake("border dropped: the outermost rows and columns are zero",
            lambda v: _without_border(_forward(v))),
    Mistake("a ReLU is applied to the result", lambda v: np.maximum(_forward(v), 0)),
)  # fmt: skip

BACKWARD_INPUT = (
    Mistake("your gradient is the one for filters not turned by 180 degrees",
            lambda v: _back(v["grad_y"], _exchanged(v["w"]))),
    Mistake("channel axes not exchanged: the filters are turned, but not transposed from "
            "(in, out) to (out, in)",
            lambda v: _back(v["grad_y"], _turned(v["w"]))),
    Mistake("it is the forward pass: the filters are neither turned by 180 degrees nor are their "
            "channel axes exchanged",
            lambda v: _back(v["grad_y"], v["w"])),
    Mistake("the filters are only turned upside down; left and right must be exchanged as well",
            lambda v: _back(v["grad_y"], _exchanged(v["w"][::-1]))),
    Mistake("the filters are only mirrored left to right; they must be turned upside down as well",
            lambda v: _back(v["grad_y"], _exchanged(v["w"][:, ::-1]))),
    Mistake("the filters' height and width are exchanged instead of turned by 180 degrees",
            lambda v: _back(v["grad_y"], _exchanged(v["w"].swapaxes(0, 1)))),
    Mistake("the incoming gradient is padded by replication instead of zeros",
            lambda v: _padded(v["grad_y"], _exchanged(_turned(v["w"])), "edge")),
    Mistake("the incoming gradient is padded by reflection instead of zeros",
            lambda v: _padded(v["grad_y"], _exchanged(_turned(v["w"])), "reflect")),
    Mistake("the incoming gradient wraps around instead of being padded with zeros",
            lambda v: _padded(v["grad_y"], _exchanged(_turned(v["w"])), "wrap")),
    Mistake("border dropped: the outermost rows and columns of the gradient are zero",
            lambda v: _without_border(_input(v))),
    Mistake("border dropped: the outermost rows and columns of the incoming gradient are ignored",
            lambda v: conv_backward_input(_without_border(v["grad_y"]), v["w"])),
    Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
            lambda v: conv_backward_input(np.ones_like(v["grad_y"]), v["w"])),
)  # fmt: skip

BACKWARD_WEIGHTS = (
    Mistake("your gradient is turned by 180 degrees: the filters' offsets have the wrong sign",
            lambda v: _turned(_weights(v))),
    Mistake("the gradient's height and width are exchanged",
            lambda v: _weights(v).swapaxes(0, 1)),
    Mistake("channel axes exchanged: the gradient is (out, in) instead of (in, out)",
            lambda v: _exchanged(_weights(v))),
    Mistake("border dropped: only positions whose window lies inside the image are summed",
            lambda v: conv_backward_weights(_without_border(v["grad_y"]), v["x"])),
    Mistake("the features are padded by replication instead of zeros",
            lambda v: _padded_weights(v, "edge")),
    Mistake("the features are padded by reflection instead of zeros",
            lambda v: _padded_weights(v, "reflect")),
    Mistake("the features wrap around instead of being padded with zeros",
            lambda v: _padded_weights(v, "wrap")),
    Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
            lambda v: conv_backward_weights(np.ones_like(v["grad_y"]), v["x"])),
)  # fmt: skip

BIAS_FACTORS = {
    "1 / M": "your gradient averages over positions: the bias is added at each, so they must sum"
}
