"""Checks of your ReLU, forward and backward."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ..check.operations.sizes import Size
from ..errors import require_choice
from ..reference.relu import relu_forward
from .judging.battery import battery, incoming
from .judging.examine import Part, examine
from .judging.layouts import Array, FeatureLayout, Layout
from .judging.mistakes import Mistake, Values
from .judging.report import Report


def check_relu(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    keeps: Literal["y", "x"] = "y",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a ReLU and its gradient; at 0 the slope must be 0.

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
    require_choice("keeps", keeps, ("y", "x"))
    parts = (
        forward and Part("forward", forward, "x", "y", lambda v: v["y"], FORWARD),
        backward and Part("backward", backward, f"grad_y {keeps}", "x", _backward, BACKWARD),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("relu", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    x = numbers(*size[:3])
    return {"x": x, "y": relu_forward(x), "grad_y": incoming(rng, *x.shape)}


def _backward(v: Values) -> Array:
    return np.asarray(v["grad_y"] * (v["x"] > 0))


FORWARD = (
    Mistake("it is the absolute value", lambda v: np.abs(v["x"])),
    Mistake("nothing is cut off: it gives its input", lambda v: v["x"]),
    Mistake("the positive half is cut off instead of the negative one",
            lambda v: np.minimum(v["x"], 0)),
    Mistake("values are cut off at 1 as well", lambda v: np.clip(v["x"], 0, 1)),
    Mistake("leaky ReLU: negative values become a hundredth", lambda v: _leaky(v["x"], v["x"])),
)  # fmt: skip


def _leaky(value: Array, x: Array) -> Array:
    return np.where(x > 0, value, 0.01 * value)


BACKWARD = (
    Mistake("ReLU's gradient at 0 is 1: the mask is x >= 0 instead of x > 0",
            lambda v: v["grad_y"] * (v["x"] >= 0)),
    Mistake("no mask at all: the gradient passes everywhere (y >= 0 is always true)",
            lambda v: v["grad_y"]),
    Mistake("ReLU mask from gradient instead of input: it passes where the gradient is positive",
            lambda v: np.maximum(v["grad_y"], 0)),
    Mistake("it passes only where the gradient is positive as well (guided backpropagation)",
            lambda v: np.maximum(v["grad_y"], 0) * (v["x"] > 0)),
    Mistake("the mask is inverted: it passes where the input is negative",
            lambda v: v["grad_y"] * (v["x"] <= 0)),
    Mistake("ReLU's gradient at 0 is 1/2",
            lambda v: v["grad_y"] * np.heaviside(v["x"], 0.5)),
    Mistake("it multiplies by the value instead of by the slope 1",
            lambda v: v["grad_y"] * v["y"]),
    Mistake("it multiplies by the sign: negative inputs get minus the gradient",
            lambda v: v["grad_y"] * np.sign(v["x"])),
    Mistake("leaky ReLU: where the input is negative a hundredth passes",
            lambda v: _leaky(v["grad_y"], v["x"])),
    Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
            lambda v: (v["x"] > 0) * 1.0),
)  # fmt: skip
