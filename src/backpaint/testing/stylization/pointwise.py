"""Checks somebody's sigmoid and ReLU6, forward and backward."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...errors import require_choice
from ...reference.stylization.relu6 import SIX, relu6_backward, relu6_forward
from ...reference.stylization.sigmoid import sigmoid_backward, sigmoid_forward
from ..judging.battery import battery, incoming
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report

Function = Callable[..., Any]
Keeps = Literal["y", "x"]
SPREAD = 3.0
"""Inputs of a ReLU6 are normally distributed around this, or 0, 3 and 6: it bends at 0 and 6."""


def check_sigmoid(
    forward: Function | None = None,
    backward: Function | None = None,
    *,
    keeps: Keeps = "y",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a sigmoid and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y.
    backward : callable, optional
        ``backward(grad_y, y)`` gives the gradient with respect to x.
    keeps : {"y", "x"}
        What `backward` gets as its second argument: the output of the forward pass, or its input.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    parts = _parts(forward, backward, keeps, right_sigmoid, SIGMOID_FORWARD, SIGMOID_BACKWARD)
    report = examine("sigmoid", parts, battery(draw_sigmoid), layouts)
    return report.required() if raises else report


def check_relu6(
    forward: Function | None = None,
    backward: Function | None = None,
    *,
    keeps: Keeps = "y",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a ReLU6 and its gradient; at 0 and at 6 the slope must be 0.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y.
    backward : callable, optional
        ``backward(grad_y, y)`` gives the gradient with respect to x.
    keeps : {"y", "x"}
        What `backward` gets as its second argument: the output of the forward pass, or its input.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    parts = _parts(forward, backward, keeps, right_relu6, RELU6_FORWARD, RELU6_BACKWARD)
    report = examine("relu6", parts, battery(draw_relu6), layouts)
    return report.required() if raises else report


def draw_sigmoid(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw the values of a case."""
    x = numbers(*size[:3])
    return {"x": x, "y": sigmoid_forward(x), "grad_y": incoming(rng, *x.shape)}


def draw_relu6(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw the values of a case: below, between and above the kinks, and on them."""
    x = SPREAD + SPREAD * numbers(*size[:3])
    return {"x": x, "y": relu6_forward(x), "grad_y": incoming(rng, *x.shape)}


def right_sigmoid(v: Values) -> Array:
    """Compute what is right."""
    return sigmoid_backward(v["grad_y"], v["y"])


def right_relu6(v: Values) -> Array:
    """Compute what is right."""
    return relu6_backward(v["grad_y"], v["y"])


def _parts(
    forward: Function | None,
    backward: Function | None,
    keeps: Keeps,
    right: Callable[[Values], Array],
    known: Sequence[Mistake],
    known_backward: Sequence[Mistake],
) -> tuple[Any, Any]:
    require_choice("keeps", keeps, ("y", "x"))
    return (
        forward and Part("forward", forward, "x", "y", lambda v: v["y"], tuple(known)),
        backward
        and Part("backward", backward, f"grad_y {keeps}", "x", right, tuple(known_backward)),
    )


SIGMOID_FORWARD = (
    Mistake("the exponent's sign is wrong: it falls from 1 to 0", lambda v: 1 - v["y"]),
    Mistake("it is the hyperbolic tangent, from -1 to 1", lambda v: np.tanh(v["x"])),
    Mistake("it is exp(x), without the division", lambda v: np.exp(v["x"])),
)  # fmt: skip

SIGMOID_BACKWARD = (
    Mistake("the slope is y, without the factor 1 - y", lambda v: v["grad_y"] * v["y"]),
    Mistake("the slope is 1 - y, without the factor y", lambda v: v["grad_y"] * (1 - v["y"])),
    Mistake("the slope is x (1 - x): it takes the input for the output",
            lambda v: v["grad_y"] * v["x"] * (1 - v["x"])),
    Mistake("the slope is that of the sigmoid of y: it was applied twice",
            lambda v: sigmoid_backward(v["grad_y"], sigmoid_forward(v["y"]))),
    Mistake("the slope is that of the hyperbolic tangent, 1 - y^2",
            lambda v: v["grad_y"] * (1 - v["y"] ** 2)),
    Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
            lambda v: v["y"] * (1 - v["y"])),
)  # fmt: skip

RELU6_FORWARD = (
    Mistake("it is a ReLU: nothing is cut off at 6", lambda v: np.maximum(v["x"], 0)),
    Mistake("it is cut off at 1 instead of 6", lambda v: np.clip(v["x"], 0, 1)),
    Mistake("it is divided by 6 as well (a hard sigmoid)", lambda v: v["y"] / SIX),
    Mistake("negative values stay: it is cut off above alone", lambda v: np.minimum(v["x"], SIX)),
)  # fmt: skip

RELU6_BACKWARD = (
    Mistake("ReLU6's gradient at 6 is 1: the mask is x <= 6 instead of x < 6",
            lambda v: v["grad_y"] * ((v["x"] > 0) & (v["x"] <= SIX))),
    Mistake("ReLU6's gradient at 0 is 1: the mask is x >= 0 instead of x > 0",
            lambda v: v["grad_y"] * ((v["x"] >= 0) & (v["x"] < SIX))),
    Mistake("both kinks let the gradient pass: the mask is 0 <= x <= 6",
            lambda v: v["grad_y"] * ((v["x"] >= 0) & (v["x"] <= SIX))),
    Mistake("it is a ReLU's gradient: it passes above 6 as well (y <= 6 is always true)",
            lambda v: v["grad_y"] * (v["x"] > 0)),
    Mistake("no mask at all: the gradient passes everywhere", lambda v: v["grad_y"]),
    Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
            lambda v: 1.0 * ((v["y"] > 0) & (v["y"] < SIX))),
)  # fmt: skip
