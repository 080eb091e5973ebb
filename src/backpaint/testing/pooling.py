"""Checks somebody's 2x2 pooling, forward and backward."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..check.sizes import Size
from ..reference.average_pool import average_pool_backward, average_pool_forward
from ..reference.max_pool import max_pool_backward, max_pool_forward
from ..reference.windows import Edge, pooled_length
from .battery import battery, incoming
from .examine import Part, examine
from .layouts import Array, FeatureLayout, Layout
from .mistakes import Mistake, Values
from .report import Report


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
    return _report("max_pool", edge, parts, Layout(layout, to_array=to_array, dtype=dtype), raises)


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
    return _report("average_pool", edge, parts, layouts, raises)


def _report(name: str, edge: Edge, parts: Any, layout: Layout, raises: bool) -> Report:
    cases = battery(partial(_draw, edge), smallest=2 if edge == "floor" else 1)
    report = examine(f"{name} (edge {edge})", parts, cases, layout)
    return report.required() if raises else report


def _draw(edge: Edge, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    rows, columns = (pooled_length(length, edge) for length in size[:2])
    x = numbers(*size[:3])
    return {"x": x, "grad_y": incoming(rng, rows, columns, size.channels)}


def _windows(v: Values, edge: Edge) -> Iterator[tuple[tuple[int, int, int], tuple[Any, ...]]]:
    """Yield the index of each window in y, and the slice of x that it covers."""
    height, width, channels = v["x"].shape
    for i, j, c in np.ndindex(pooled_length(height, edge), pooled_length(width, edge), channels):
        yield (i, j, c), (slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2), c)


def _pooled(v: Values, edge: Edge, function: Callable[[Array], Any]) -> Array:
    """Pool every window by a function."""
    height, width, channels = v["x"].shape
    y = np.zeros((pooled_length(height, edge), pooled_length(width, edge), channels))
    for index, window in _windows(v, edge):
        y[index] = function(v["x"][window])
    return y


def _spread(v: Values, edge: Edge, share: Callable[[Array], Any]) -> Any:
    """Give each window's gradient to its pixels in the shares that a function tells."""
    grad_x = np.zeros_like(v["x"])
    for index, window in _windows(v, edge):
        grad_x[window] = v["grad_y"][index] * share(v["x"][window])
    return grad_x


def _largest(window: Array) -> Array:
    return np.asarray(window == window.max())


def _last(window: Array) -> Array:
    share = np.zeros(window.size)
    share[window.size - 1 - window.ravel()[::-1].argmax()] = 1
    return share.reshape(window.shape)


def _corner(window: Array) -> Array:
    share = np.zeros_like(window)
    share[0, 0] = 1
    return share


def _max_forward(edge: Edge) -> tuple[Mistake, ...]:
    def zero_filled(window: Array) -> Any:
        return window.max() if window.size == 4 else max(window.max(), 0)

    at_edges = (
        Mistake("the edge is filled with zeros, which beat negative values",
                lambda v: _pooled(v, edge, zero_filled)),
    )  # fmt: skip
    return (
        *at_edges * (edge == "ceil"),
        Mistake("it is average pooling", lambda v: _pooled(v, edge, np.mean)),
        Mistake("it takes the top left value of each window instead of the largest",
                lambda v: _pooled(v, edge, lambda w: w[0, 0])),
        Mistake("it takes the value with the largest magnitude",
                lambda v: _pooled(v, edge, lambda w: w.ravel()[np.abs(w).argmax()])),
        Mistake("it takes the smallest value", lambda v: _pooled(v, edge, np.min)),
    )  # fmt: skip


def _max_backward(edge: Edge) -> tuple[Mistake, ...]:
    return (
        Mistake("max pool ties get the gradient twice: each of several equal maxima gets all of it",
                lambda v: _spread(v, edge, _largest)),
        Mistake("every pixel of the window gets the whole gradient, not the largest alone",
                lambda v: _spread(v, edge, np.ones_like)),
        Mistake("it is the gradient of average pooling",
                lambda v: _spread(v, edge, lambda w: np.ones_like(w) / w.size)),
        Mistake("the gradient goes to the top left pixel of each window instead of the largest",
                lambda v: _spread(v, edge, _corner)),
        Mistake("the gradient is multiplied by the largest value",
                lambda v: _spread(v, edge, lambda w: _first(w) * w.max())),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: _spread({**v, "grad_y": np.ones_like(v["grad_y"])}, edge, _first)),
    )  # fmt: skip


def _first(window: Array) -> Array:
    share = np.zeros(window.size)
    share[window.argmax()] = 1
    return share.reshape(window.shape)


def _other_choices(edge: Edge) -> tuple[Mistake, ...]:
    return (
        Mistake("at ties, the last of the equal maxima gets the gradient; here, in Caffe and in "
                "PyTorch it is the first",
                lambda v: _spread(v, edge, _last)),
        Mistake("at ties, the equal maxima share the gradient; here, in Caffe and in PyTorch the "
                "first gets it all",
                lambda v: _spread(v, edge, lambda w: _largest(w) / _largest(w).sum())),
    )  # fmt: skip


def _average_forward(edge: Edge) -> tuple[Mistake, ...]:
    at_edges = (
        Mistake("you divide by 4, the edge has 2 pixels: divide by the pixels that are there",
                lambda v: _pooled(v, edge, lambda w: w.sum() / 4)),
    )  # fmt: skip
    return (
        *at_edges * (edge == "ceil"),
        Mistake("it sums: the division by the number of pixels is missing",
                lambda v: _pooled(v, edge, np.sum)),
        Mistake("it is max pooling", lambda v: _pooled(v, edge, np.max)),
    )  # fmt: skip


def _average_backward(edge: Edge) -> tuple[Mistake, ...]:
    divided_by_4 = (
        Mistake("you divide by the window, the edge has 2 pixels: divide by those that are there",
                lambda v: _spread(v, edge, lambda w: np.ones_like(w) / 4)),
    )  # fmt: skip
    at_edges = (_dropped_gets_neighbor(),) if edge == "floor" else divided_by_4
    return (
        *at_edges,
        Mistake("every pixel gets the whole gradient: the division by the number of pixels is "
                "missing",
                lambda v: _spread(v, edge, np.ones_like)),
        Mistake("it is the gradient of max pooling", lambda v: _spread(v, edge, _first)),
        Mistake("the gradient goes to the top left pixel of each window alone",
                lambda v: _spread(v, edge, lambda w: _corner(w) / w.size)),
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
