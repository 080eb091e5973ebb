"""Checks of your 2x2 max pooling, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..reference.max_pool import max_pool_backward, max_pool_forward
from ..reference.windows import Edge
from .judging.examine import Part
from .judging.layouts import Array, FeatureLayout, Layout
from .judging.mistakes import Mistake
from .judging.report import Report
from .windows import corner, first, pooled, report, spread


def check_max_pool(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    edge: Edge = "floor",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check 2x2 max pooling with stride 2 and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives y.
    backward : callable, optional
        ``backward(grad_y, x)`` gives the gradient with respect to x.  At ties, any one winner,
        or equal shares of them all, are right; a note tells which.
    edge : {"floor", "ceil"}
        Whether a last odd row or column is dropped, or pooled alone.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        forward
        and Part("forward", forward, "x", "y", lambda v: max_pool_forward(v["x"], edge),
                 _max_forward(edge)),
        backward
        and Part("backward", backward, "grad_y x", "x",
                 lambda v: max_pool_backward(v["grad_y"], v["x"], edge),
                 _max_backward(edge), _other_choices(edge)),
    )  # fmt: skip
    return report("max_pool", edge, parts, Layout(layout, to_array=to_array, dtype=dtype), raises)


def _largest(window: Array) -> Array:
    return np.asarray(window == window.max())


def _last(window: Array) -> Array:
    share = np.zeros(window.size)
    share[window.size - 1 - window.ravel()[::-1].argmax()] = 1
    return share.reshape(window.shape)


def _max_forward(edge: Edge) -> tuple[Mistake, ...]:
    def zero_filled(window: Array) -> Any:
        return window.max() if window.size == 4 else max(window.max(), 0)

    at_edges = (
        Mistake("the edge is filled with zeros, which beat negative values",
                lambda v: pooled(v, edge, zero_filled)),
    )  # fmt: skip
    return (
        *at_edges * (edge == "ceil"),
        Mistake("it is average pooling", lambda v: pooled(v, edge, np.mean)),
        Mistake("it takes the top left value of each window instead of the largest",
                lambda v: pooled(v, edge, lambda w: w[0, 0])),
        Mistake("it takes the value with the largest magnitude",
                lambda v: pooled(v, edge, lambda w: w.ravel()[np.abs(w).argmax()])),
        Mistake("it takes the smallest value", lambda v: pooled(v, edge, np.min)),
    )  # fmt: skip


def _max_backward(edge: Edge) -> tuple[Mistake, ...]:
    return (
        Mistake("max pool ties get the gradient twice: each of several equal maxima gets all of it",
                lambda v: spread(v, edge, _largest)),
        Mistake("every pixel of the window gets the whole gradient, not the largest alone",
                lambda v: spread(v, edge, np.ones_like)),
        Mistake("it is the gradient of average pooling",
                lambda v: spread(v, edge, lambda w: np.ones_like(w) / w.size)),
        Mistake("the gradient goes to the top left pixel of each window instead of the largest",
                lambda v: spread(v, edge, corner)),
        Mistake("the gradient is multiplied by the largest value",
                lambda v: spread(v, edge, lambda w: first(w) * w.max())),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: spread({**v, "grad_y": np.ones_like(v["grad_y"])}, edge, first)),
    )  # fmt: skip


def _other_choices(edge: Edge) -> tuple[Mistake, ...]:
    return (
        Mistake("at ties, the last of the equal maxima gets the gradient; here, in Caffe and in "
                "PyTorch it is the first",
                lambda v: spread(v, edge, _last)),
        Mistake("at ties, the equal maxima share the gradient; here, in Caffe and in PyTorch the "
                "first gets it all",
                lambda v: spread(v, edge, lambda w: _largest(w) / _largest(w).sum())),
    )  # fmt: skip
