"""Checks somebody's edge padding, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..check.operations.sizes import Size
from ..reference.edge_pad import edge_pad_backward, edge_pad_forward
from .judging.battery import battery, incoming
from .judging.examine import Part, examine
from .judging.layouts import Array, FeatureLayout, Layout
from .judging.mistakes import Mistake, Values
from .judging.report import Report

AROUND = ((1, 1), (1, 1), (0, 0))


def check_edge_pad(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check the padding that repeats a picture's outermost pixels once, and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y, with one row and column more on each side.
    backward : callable, optional
        ``backward(grad_y)`` gives the gradient with respect to x.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        forward and Part("forward", forward, "x", "y", lambda v: edge_pad_forward(v["x"]), FORWARD),
        backward and Part("backward", backward, "grad_y", "x", _backward, BACKWARD),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("edge_pad", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    height, width, channels, _ = size
    return {
        "x": numbers(height, width, channels),
        "grad_y": incoming(rng, height + 2, width + 2, channels),
    }


def _backward(v: Values) -> Array:
    return edge_pad_backward(v["grad_y"])


def _inside(v: Values) -> Array:
    return np.asarray(v["grad_y"][1:-1, 1:-1])


def _without_corners(v: Values) -> Array:
    grad_y = v["grad_y"].copy()
    grad_y[[0, 0, -1, -1], [0, -1, 0, -1]] = 0
    return edge_pad_backward(grad_y)


def _overwritten(v: Values) -> Array:
    """Assign where copies must add up."""
    rows = v["grad_y"][1:-1].copy()
    rows[0], rows[-1] = v["grad_y"][0], v["grad_y"][-1]
    grad_x: Array = rows[:, 1:-1].copy()
    grad_x[:, 0], grad_x[:, -1] = rows[:, 0], rows[:, -1]
    return grad_x


def _averaged(v: Values) -> Array:
    return _backward(v) / edge_pad_backward(np.ones_like(v["grad_y"]))


FORWARD = (
    Mistake("padding by zeros instead of the edge", lambda v: np.pad(v["x"], AROUND)),
    Mistake("padding wraps around instead of repeating the edge",
            lambda v: np.pad(v["x"], AROUND, mode="wrap")),
    Mistake("padding is mirrored on the first pixel, which the edge does not repeat",
            lambda v: np.pad(v["x"], AROUND, mode="reflect")),
)  # fmt: skip
BACKWARD = (
    Mistake("the border's gradient is lost: it must be added to that of the pixels repeated there",
            _inside),
    Mistake("the gradient of the corners is lost: they are repeated twice", _without_corners),
    Mistake("the border's gradient replaces that of the edge: both must be added", _overwritten),
    Mistake("copies are averaged: each pixel's gradient is divided by their number", _averaged),
)  # fmt: skip
