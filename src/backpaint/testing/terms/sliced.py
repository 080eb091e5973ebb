"""Checks of your sliced Wasserstein or histogram loss, and of its gradient."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.sliced import quantiles, sliced_backward, sliced_forward
from ..judging.battery import battery
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report
from .gram import matrix


def check_sliced_loss(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a mean of squared differences of equal ranks, channel by channel, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, style)`` gives a number; both are features of the same size.  Each channel is
        sorted in both; the loss is the mean of ``(x - style)^2`` of equal ranks.
    gradient : callable, optional
        ``gradient(x, style)`` gives the loss's gradient with respect to x.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        loss and Part("loss", loss, "x style", "loss", _loss, LOSSES),
        gradient and Part("gradient", gradient, "x style", "x", _gradient, GRADIENTS),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("sliced loss", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw features without equal numbers, which have no one right gradient."""
    del numbers
    shape = size.height + 1, size.width + 2, size.channels
    return {"x": _apart(rng, shape), "style": 2 * _apart(rng, shape) + 1}


def _apart(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Mix numbers that are at least 1/2 apart from each other, on both sides of 0."""
    count = shape[0] * shape[1]
    rows = [rng.permutation(count) - count // 2 + rng.uniform(0, 0.5, count)
            for _ in range(shape[2])]  # fmt: skip
    return np.stack(rows, axis=1).reshape(shape)


def _form(v: Values) -> tuple[Array, Array, Array]:
    directions = np.eye(v["x"].shape[2])
    return v["x"], quantiles(v["style"], directions, len(matrix(v["x"]))), directions


def _loss(v: Values) -> float:
    return sliced_forward(*_form(v))


def _gradient(v: Values) -> Array:
    return sliced_backward(1.0, *_form(v))


def _unsorted(v: Values) -> Any:
    return np.mean((v["x"] - v["style"]) ** 2)


def _inverse(v: Values) -> Array:
    """Look up the order itself, where the rank should be looked up."""
    x, wanted, _ = _form(v)
    order = np.argsort(matrix(x), axis=0)
    matched: Array = np.take_along_axis(wanted, order, axis=0)
    return matched.reshape(x.shape)


def _ordered(v: Values) -> Array:
    """Leave the slope in sorted order, not brought back to the positions."""
    x, wanted, _ = _form(v)
    slope: Array = 2 * (np.sort(matrix(x), axis=0) - wanted) / x.size
    return slope.reshape(x.shape)


def _through(v: Values) -> Array:
    """Let R(O) depend on O with the slope 1/2 of a blend, so that less than O - R(O) is left."""
    return _gradient(v) / 2


LOSSES = (
    Mistake("nothing is sorted: features are compared position by position", _unsorted),
    Mistake("the inverse permutation is used: each number is compared with the value of another "
            "one's rank",
            lambda v: np.mean((v["x"] - _inverse(v)) ** 2)),
    Mistake("it sums where it should average", lambda v: _loss(v) * v["x"].size),
)  # fmt: skip
GRADIENTS = (
    Mistake("the inverse permutation is used: each number is drawn to the value of another one's "
            "rank",
            lambda v: 2 * (v["x"] - _inverse(v)) / v["x"].size),
    Mistake("the gradient is left in sorted order: it belongs to the positions that were sorted",
            _ordered),
    Mistake("the style's values are taken in their own order, not by rank",
            lambda v: 2 * (v["x"] - v["style"]) / v["x"].size),
    Mistake("half is missing: the matched values R(O) are constants, and the square has a slope "
            "of 2",
            _through),
)  # fmt: skip
