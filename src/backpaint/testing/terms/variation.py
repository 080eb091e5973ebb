"""Checks of your total variation and its gradient."""

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike

from ...errors import require_choice
from ...reference.total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)
from ..judging.battery import battery, features
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report

Kind = Literal["squared", "absolute"]
Slope = Callable[[Array], Array]


def check_total_variation(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    kind: Kind = "squared",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a sum over differences between neighboring pixels, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x)`` gives a number.
    gradient : callable, optional
        ``gradient(x)`` gives the loss's gradient.  Where neighbors are equal, |d| has no slope: 0
        (PyTorch, TensorFlow), 1 (JAX) and -1 are right; a note tells which.
    kind : {"squared", "absolute"}
        ``sum dx^2 + sum dy^2`` or ``sum |dx| + sum |dy|``, with the forward differences dx and dy.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    require_choice("kind", kind, get_args(Kind))
    parts = (
        loss and Part("loss", loss, "x", "loss", _loss(kind), _losses(kind)),
        gradient
        and Part("gradient", gradient, "x", "x", _gradient(kind), _gradients(kind),
                 _other_slopes() if kind == "absolute" else ()),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"total variation ({kind})", parts, battery(features), layouts)
    return report.required() if raises else report


def _loss(kind: Kind) -> Callable[[Values], float]:
    function = squared_variation_forward if kind == "squared" else absolute_variation_forward
    return lambda v: function(v["x"])


def _gradient(kind: Kind) -> Callable[[Values], Array]:
    function = squared_variation_backward if kind == "squared" else absolute_variation_backward
    return lambda v: function(1.0, v["x"])


def _penalty(kind: Kind) -> Slope:
    return np.square if kind == "squared" else np.abs


def _slope(kind: Kind) -> Slope:
    return (lambda d: 2 * d) if kind == "squared" else np.sign


def _losses(kind: Kind) -> tuple[Mistake, ...]:
    penalty = _penalty(kind)

    def sums(*differences: Array) -> Any:
        return sum(penalty(d).sum() for d in differences)

    def paired(v: Values) -> Any:
        dx, dy = np.diff(v["x"], axis=1)[:-1], np.diff(v["x"], axis=0)[:, :-1]
        return sums(dx, dy)

    return (
        Mistake("TV wraps around: the last column's neighbor is the first one",
                lambda v: sums(*(np.roll(v["x"], -1, axis) - v["x"] for axis in (0, 1)))),
        Mistake("border dropped: only pixels with both neighbors count, (H - 1) x (W - 1)", paired),
        Mistake("only horizontal differences are summed", lambda v: sums(np.diff(v["x"], axis=1))),
        Mistake("only vertical differences are summed", lambda v: sums(np.diff(v["x"], axis=0))),
        Mistake("differences between channels are summed as well: an axis is wrong",
                lambda v: sums(*(np.diff(v["x"], axis=axis) for axis in (0, 1, 2)))),
        Mistake("an axis is wrong: it takes differences between columns and between channels",
                lambda v: sums(*(np.diff(v["x"], axis=axis) for axis in (1, 2)))),
        Mistake("it averages each of the two sums",
                lambda v: sum(penalty(np.diff(v["x"], axis=axis)).sum()
                              / max(np.diff(v["x"], axis=axis).size, 1) for axis in (0, 1))),
        Mistake("it sums absolute values instead of squares" if kind == "squared"
                else "it sums squares instead of absolute values",
                _loss("absolute" if kind == "squared" else "squared")),
        Mistake("it is the length sqrt(dx^2 + dy^2) of the gradient, where both exist",
                lambda v: np.sqrt(np.diff(v["x"], axis=1)[:-1] ** 2
                                  + np.diff(v["x"], axis=0)[:, :-1] ** 2).sum()),
    )  # fmt: skip


def _assemble(v: Values, slope: Slope, signs: tuple[float, float], axes: Any = (0, 1)) -> Any:
    """Pass each difference's slope to its second and first pixel, with the given signs."""
    total = np.zeros_like(v["x"])
    for axis in axes:
        x = np.moveaxis(v["x"], axis, 0)
        grad = np.zeros_like(x)
        grad[1:] += signs[0] * slope(x[1:] - x[:-1])
        grad[:-1] += signs[1] * slope(x[1:] - x[:-1])
        total += np.moveaxis(grad, 0, axis)
    return total


def _paired(v: Values, slope: Slope) -> Any:
    """Leave out the differences of the last row and the last column."""
    dx = slope(np.diff(v["x"], axis=1))[:-1]
    dy = slope(np.diff(v["x"], axis=0))[:, :-1]
    grad = np.zeros_like(v["x"])
    grad[:-1, 1:] += dx
    grad[:-1, :-1] -= dx
    grad[1:, :-1] += dy
    grad[:-1, :-1] -= dy
    return grad


def _wrapped(v: Values, slope: Slope) -> Any:
    grad = np.zeros_like(v["x"])
    for axis in (0, 1):
        d = slope(np.roll(v["x"], -1, axis) - v["x"])
        grad += np.roll(d, 1, axis) - d
    return grad


def _inside(v: Values, slope: Slope) -> Any:
    grad = np.zeros_like(v["x"])
    grad[1:-1, 1:-1] = _assemble(v, slope, (1, -1))[1:-1, 1:-1]
    return grad


def _other_slopes() -> tuple[Mistake, ...]:
    """List the other slopes that |d| may have at 0."""

    def up(d: Array) -> Array:
        return np.where(d >= 0, 1.0, -1.0)

    def down(d: Array) -> Array:
        return np.where(d > 0, 1.0, -1.0)

    return (
        Mistake("between equal neighbors the slope is 1, as in JAX; here, in PyTorch and in "
                "TensorFlow it is 0",
                lambda v: _assemble(v, up, (1, -1))),
        Mistake("between equal neighbors the slope is -1; here, in PyTorch and in TensorFlow it is "
                "0",
                lambda v: _assemble(v, down, (1, -1))),
    )  # fmt: skip


def _gradients(kind: Kind) -> tuple[Mistake, ...]:
    slope = _slope(kind)
    other: Kind = "absolute" if kind == "squared" else "squared"

    def averaged(v: Values) -> Any:
        return sum(
            _assemble(v, slope, (1, -1), [axis]) / max(np.diff(v["x"], axis=axis).size, 1)
            for axis in (0, 1)
        )

    return (
        Mistake("sign of TV difference flipped: the gradient points the other way",
                lambda v: _assemble(v, slope, (-1, 1))),
        Mistake("sign of TV difference flipped for one of the two pixels: both get plus",
                lambda v: _assemble(v, slope, (1, 1))),
        Mistake("only the second pixel of each pair gets its gradient: the first must get minus "
                "the same",
                lambda v: _assemble(v, slope, (1, 0))),
        Mistake("only the first pixel of each pair gets its gradient: the second must get the "
                "opposite",
                lambda v: _assemble(v, slope, (0, -1))),
        Mistake("TV wraps around: the last column's neighbor is the first one",
                lambda v: _wrapped(v, slope)),
        Mistake("border dropped: the differences of the last row and the last column are left out",
                lambda v: _paired(v, slope)),
        Mistake("border dropped: the outermost rows and columns of the gradient are zero",
                lambda v: _inside(v, slope)),
        Mistake("only vertical differences count", lambda v: _assemble(v, slope, (1, -1), [0])),
        Mistake("only horizontal differences count", lambda v: _assemble(v, slope, (1, -1), [1])),
        Mistake("differences between channels count as well: an axis is wrong",
                lambda v: _assemble(v, slope, (1, -1), [0, 1, 2])),
        Mistake("an axis is wrong: it takes differences between columns and between channels",
                lambda v: _assemble(v, slope, (1, -1), [1, 2])),
        Mistake("the loss sums but the gradient averages: each of the two sums is divided by the "
                "number of its differences",
                averaged),
        Mistake(f"it is the gradient of {other} differences instead of {kind} ones",
                _gradient(other)),
    )  # fmt: skip
