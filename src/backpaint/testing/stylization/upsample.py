"""Checks somebody's nearest upsampling, forward and backward."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.stylization.upsample import upsample_backward, upsample_forward
from ..judging.battery import battery, incoming
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report


def check_upsample(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    factor: int = 2,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check nearest upsampling and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y.
    backward : callable, optional
        ``backward(grad_y, x)`` gives the gradient with respect to x; of x only the shape matters.
    factor : int
        How often each row and column is repeated.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        forward
        and Part("forward", forward, "x", "y", lambda v: upsample_forward(v["x"], factor),
                 forward_mistakes(factor)),
        backward
        and Part("backward", backward, "grad_y x", "x", partial(right_backward, factor),
                 backward_mistakes(factor)),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("upsample", parts, battery(partial(draw, factor)), layouts)
    return report.required() if raises else report


def draw(factor: int, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw the values of a case."""
    height, width, channels, _ = size
    return {
        "x": numbers(height, width, channels),
        "grad_y": incoming(rng, factor * height, factor * width, channels),
    }


def right_backward(factor: int, v: Values) -> Array:
    """Compute what is right."""
    return upsample_backward(v["grad_y"], v["x"], factor)


def forward_mistakes(factor: int) -> tuple[Mistake, ...]:
    """List the known mistakes of the forward pass."""

    def sparse(v: Values) -> Array:
        y = np.zeros((factor * v["x"].shape[0], factor * v["x"].shape[1], v["x"].shape[2]))
        y[::factor, ::factor] = v["x"]
        return y

    return (
        Mistake("the picture is tiled instead of enlarged",
                lambda v: np.tile(v["x"], (factor, factor, 1))),
        Mistake("zeros between the pixels instead of copies of them", sparse),
        Mistake("the value is shared out among the copies: it must be repeated as it is",
                lambda v: upsample_forward(v["x"], factor) / factor**2),
    )  # fmt: skip


def backward_mistakes(factor: int) -> tuple[Mistake, ...]:
    """List the known mistakes of the gradient."""
    return (
        Mistake("it averages over the copies: their gradients must sum",
                lambda v: right_backward(factor, v) / factor**2),
        Mistake("it takes the gradient of the top left copy alone",
                lambda v: v["grad_y"][::factor, ::factor]),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: right_backward(factor, {**v, "grad_y": np.ones_like(v["grad_y"])})),
    )  # fmt: skip
