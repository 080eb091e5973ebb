"""Checks somebody's reflection padding, forward and backward."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.stylization.reflection_pad import reflection_pad_backward, reflection_pad_forward
from ..judging.battery import battery, incoming
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report


def check_reflection_pad(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    border: int = 1,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check reflection padding and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y, with `border` rows and columns more on each side.
    backward : callable, optional
        ``backward(grad_y, x)`` gives the gradient with respect to x; of x only the shape matters.
    border : int
        How many rows and columns.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        forward
        and Part("forward", forward, "x", "y", lambda v: reflection_pad_forward(v["x"], border),
                 forward_mistakes(border)),
        backward
        and Part("backward", backward, "grad_y x", "x", partial(right_backward, border),
                 backward_mistakes(border)),
    )  # fmt: skip
    cases = battery(partial(draw, border), smallest=border + 1)
    report = examine("reflection_pad", parts, cases, Layout(layout, to_array=to_array, dtype=dtype))
    return report.required() if raises else report


def draw(border: int, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw the values of a case."""
    height, width, channels, _ = size
    padded = (height + 2 * border, width + 2 * border, channels)
    return {"x": numbers(*size[:3]), "grad_y": incoming(rng, *padded)}


def right_backward(border: int, v: Values) -> Array:
    """Compute what is right."""
    return reflection_pad_backward(v["grad_y"], v["x"], border)


def forward_mistakes(border: int) -> tuple[Mistake, ...]:
    """List the known mistakes of the forward pass."""
    around = ((border, border), (border, border), (0, 0))
    replication = (
        Mistake(
            "padding by replication instead of reflection",
            lambda v: np.pad(v["x"], around, mode="edge"),
        ),
    ) * (border > 1)  # with one row it is the same as a repeated edge
    return (
        Mistake("the edge is repeated: the mirror stands beside the first pixel, not on it",
                lambda v: np.pad(v["x"], around, mode="symmetric")),
        *replication,
        Mistake("padding by zeros instead of reflection", lambda v: np.pad(v["x"], around)),
        Mistake("padding wraps around instead of being mirrored",
                lambda v: np.pad(v["x"], around, mode="wrap")),
    )  # fmt: skip


def backward_mistakes(border: int) -> tuple[Mistake, ...]:
    """List the known mistakes of the gradient."""

    def inside(v: Values) -> Array:
        return np.asarray(v["grad_y"][border:-border, border:-border])

    return (
        Mistake("the border's gradient is lost: it must be added to that of the mirrored pixels",
                inside),
        Mistake("the border's gradient is added beside the mirrored pixels: to the edge, too",
                lambda v: _symmetric(v["grad_y"], border)),
        Mistake("the gradient of the corners is lost: they are mirrored twice",
                lambda v: _without_corners(v, border)),
        Mistake("copies are averaged: each pixel's gradient is divided by their number",
                lambda v: right_backward(border, v)
                / right_backward(border, {**v, "grad_y": np.ones_like(v["grad_y"])})),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: right_backward(border, {**v, "grad_y": np.ones_like(v["grad_y"])})),
    )  # fmt: skip


def _symmetric(grad_y: Array, border: int) -> Array:
    """Fold a border as if the edge had been repeated."""
    for _ in range(2):
        end = grad_y.shape[0] - border
        grad_x = grad_y[border:end].copy()
        grad_x[:border] += grad_y[:border][::-1]
        grad_x[-border:] += grad_y[end:][::-1]
        grad_y = grad_x.swapaxes(0, 1)
    return grad_y


def _without_corners(v: Values, border: int) -> Array:
    grad_y = v["grad_y"].copy()
    for down in (slice(border), slice(-border, None)):
        for across in (slice(border), slice(-border, None)):
            grad_y[down, across] = 0
    return right_backward(border, {**v, "grad_y": grad_y})
