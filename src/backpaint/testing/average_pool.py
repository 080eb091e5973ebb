"""Checks of your 2x2 average pooling, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..reference.average_pool import average_pool_backward, average_pool_forward
from ..reference.windows import Edge
from .judging.examine import Part
from .judging.layouts import Array, FeatureLayout, Layout
from .judging.mistakes import Mistake, Values
from .judging.report import Report
from .windows import corner, first, pooled, report, spread


def check_average_pool(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    edge: Edge = "floor",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check 2x2 average pooling with stride 2 and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y.
    backward : callable, optional
        ``backward(grad_y, x)`` gives the gradient with respect to x; of x only the shape matters.
    edge : {"floor", "ceil"}
        Whether a last odd row or column is dropped, or averaged over the pixels that are there.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        forward
        and Part("forward", forward, "x", "y", lambda v: average_pool_forward(v["x"], edge),
                 _average_forward(edge)),
        backward
        and Part("backward", backward, "grad_y x", "x",
                 lambda v: average_pool_backward(v["grad_y"], v["x"], edge),
                 _average_backward(edge)),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    return report("average_pool", edge, parts, layouts, raises)


def _average_forward(edge: Edge) -> tuple[Mistake, ...]:
    at_edges = (
        Mistake("you divide by 4, the edge has 2 pixels: divide by the pixels that are there",
                lambda v: pooled(v, edge, lambda w: w.sum() / 4)),
    )  # fmt: skip
    return (
        *at_edges * (edge == "ceil"),
        Mistake("it sums: the division by the number of pixels is missing",
                lambda v: pooled(v, edge, np.sum)),
        Mistake("it is max pooling", lambda v: pooled(v, edge, np.max)),
    )  # fmt: skip


def _average_backward(edge: Edge) -> tuple[Mistake, ...]:
    divided_by_4 = (
        Mistake("you divide by the window, the edge has 2 pixels: divide by those that are there",
                lambda v: spread(v, edge, lambda w: np.ones_like(w) / 4)),
    )  # fmt: skip
    at_edges = (_dropped_gets_neighbor(),) if edge == "floor" else divided_by_4
    return (
        *at_edges,
        Mistake("every pixel gets the whole gradient: the division by the number of pixels is "
                "missing",
                lambda v: spread(v, edge, np.ones_like)),
        Mistake("it is the gradient of max pooling", lambda v: spread(v, edge, first)),
        Mistake("the gradient goes to the top left pixel of each window alone",
                lambda v: spread(v, edge, lambda w: corner(w) / w.size)),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: average_pool_backward(np.ones_like(v["grad_y"]), v["x"], edge)),
    )  # fmt: skip


def _dropped_gets_neighbor() -> Mistake:
    """Repeat the gradient in a last odd row or column that the forward pass drops."""

    def compute(v: Values) -> Array:
        grad = average_pool_backward(v["grad_y"], v["x"], "floor")
        height, width = (2 * length for length in v["grad_y"].shape[:2])
        tail = [(0, grad.shape[0] - height), (0, grad.shape[1] - width), (0, 0)]
        return np.pad(grad[:height, :width], tail, mode="edge")

    return Mistake("the dropped last row or column gets its neighbor's gradient instead of 0",
                   compute)  # fmt: skip
