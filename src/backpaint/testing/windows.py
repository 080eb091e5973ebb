"""Windows, and ways to share out their gradients, for the checks of both poolings."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..check.operations.sizes import Size
from ..reference.windows import Edge, pooled_length
from .judging.battery import battery, incoming
from .judging.examine import examine
from .judging.layouts import Array, Layout
from .judging.mistakes import Values
from .judging.report import Report


def report(name: str, edge: Edge, parts: Any, layout: Layout, raises: bool) -> Report:
    """Run the battery of a pooling."""
    cases = battery(partial(draw, edge), smallest=2 if edge == "floor" else 1)
    found = examine(f"{name} (edge {edge})", parts, cases, layout)
    return found.required() if raises else found


def draw(edge: Edge, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw a feature map, and the gradient for its pooled windows."""
    rows, columns = (pooled_length(length, edge) for length in size[:2])
    x = numbers(*size[:3])
    return {"x": x, "grad_y": incoming(rng, rows, columns, size.channels)}


def _windows(v: Values, edge: Edge) -> Iterator[tuple[tuple[int, int, int], tuple[Any, ...]]]:
    """Yield the index of each window in y, and the slice of x that it covers."""
    height, width, channels = v["x"].shape
    for i, j, c in np.ndindex(pooled_length(height, edge), pooled_length(width, edge), channels):
        yield (i, j, c), (slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2), c)


def pooled(v: Values, edge: Edge, function: Callable[[Array], Any]) -> Array:
    """Pool every window by a function."""
    height, width, channels = v["x"].shape
    y = np.zeros((pooled_length(height, edge), pooled_length(width, edge), channels))
    for index, window in _windows(v, edge):
        y[index] = function(v["x"][window])
    return y


def spread(v: Values, edge: Edge, share: Callable[[Array], Any]) -> Any:
    """Pass each window's gradient to its pixels in the shares that a function computes."""
    grad_x = np.zeros_like(v["x"])
    for index, window in _windows(v, edge):
        grad_x[window] = v["grad_y"][index] * share(v["x"][window])
    return grad_x


def corner(window: Array) -> Array:
    """Pass everything to the top left pixel."""
    share = np.zeros_like(window)
    share[0, 0] = 1
    return share


def first(window: Array) -> Array:
    """Pass everything to the first maximum in reading order."""
    share = np.zeros(window.size)
    share[window.argmax()] = 1
    return share.reshape(window.shape)
