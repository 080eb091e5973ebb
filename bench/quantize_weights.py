"""Eight bits a weight: the 256 values that replace all weights of a layer with the least error.

This is k-means in one dimension, where clusters are intervals of the sorted values.  Dynamic
programming finds the best intervals among borders on a grid; Lloyd's algorithm then moves the
borders off the grid until nothing changes.  Prefix sums give any interval's error at once.
"""

import numpy as np
from numpy.typing import NDArray

from backpaint.vgg_weights import Float32

LEVELS = 256
GRID = 2048
"""Borders that the dynamic program may choose from: 8 a level, within 0.1 % of the optimum."""

Float64 = NDArray[np.float64]


def quantize(values: Float32) -> tuple[NDArray[np.uint8], Float32]:
    """Replace each value by the index of the nearest entry in a table of 256.

    Parameters
    ----------
    values : ndarray of float32
        The filters of one layer, of any shape, finite, with more than 256 different values.

    Returns
    -------
    index : ndarray of uint8
        Shape of `values`; ``table[index]`` approximates them.
    table : (256,) ndarray of float32
        Ascending; each entry is the mean of the values that are nearest to it.

    See Also
    --------
    relative_error : How far ``table[index]`` is from `values`.

    References
    ----------
    .. [1] S. P. Lloyd, "Least Squares Quantization in PCM", IEEE Transactions on Information
       Theory 28 (1982), method I.
    .. [2] H. Wang, M. Song, "Ckmeans.1d.dp: Optimal k-means Clustering in One Dimension by
       Dynamic Programming", The R Journal 3/2 (2011).
    """
    ordered = np.sort(values, axis=None).astype(np.float64)
    sums = _prefix_sums(ordered)
    edges = _best_edges_on_grid(ordered)
    while True:
        table = np.diff(sums[edges]) / np.diff(edges)
        inner = np.searchsorted(ordered, _midpoints(table))
        if np.array_equal(inner, edges[1:-1]):
            break
        edges[1:-1] = inner
    rounded = table.astype(np.float32)
    return np.searchsorted(_midpoints(rounded), values).astype(np.uint8), rounded


def relative_error(approximation: Float32, exact: Float32) -> float:
    """Root mean square of the difference over root mean square of the exact values."""
    difference = approximation.astype(np.float64) - exact
    return float(np.linalg.norm(difference) / np.linalg.norm(exact.astype(np.float64)))


def _best_edges_on_grid(ordered: Float64) -> NDArray[np.intp]:
    """Cut sorted values into 256 intervals with the least squared error, at borders of a grid.

    Notes
    -----
    The best k + 1 intervals that end at border j are the best k that end at some border i, and
    the interval from i to j.
    """
    grid = _grid(ordered)
    error = _interval_errors(ordered, grid)  # (G, G): where an interval ends, where it begins
    best = error[:, 0]  # of one interval from the first border
    previous: list[NDArray[np.intp]] = []
    for _ in range(LEVELS - 1):
        candidates = best + error  # (G, G)
        previous.append(np.argmin(candidates, axis=1))
        best = np.min(candidates, axis=1)
    border = grid.size - 1
    chosen = [border]
    for choice in reversed(previous):
        border = int(choice[border])
        chosen.append(border)
    return grid[[0, *reversed(chosen)]]


def _grid(ordered: Float64) -> NDArray[np.intp]:
    """Choose borders between sorted values, as dense as the best borders of many levels are.

    Notes
    -----
    For a density p of values, the best density of levels is proportional to p^(1/3) (Panter and
    Dite, 1951).  The gap d between two neighbors in sorted order is about 1 / (n p), so p^(1/3)
    integrated over that gap is proportional to d^(-1/3) d = d^(2/3).
    """
    position = _prefix_sums(np.diff(ordered) ** (2 / 3))
    wanted = np.linspace(0, position[-1], GRID)
    inner = np.searchsorted(position, wanted[1:-1])
    return np.unique(np.concatenate([[0], inner, [ordered.size]]))


def _interval_errors(ordered: Float64, grid: NDArray[np.intp]) -> Float64:
    """Sum the squared deviations from the mean between two borders, [end, begin]; or infinity."""
    count = grid[:, np.newaxis] - grid
    sums, squares = _prefix_sums(ordered)[grid], _prefix_sums(ordered**2)[grid]
    total, square = sums[:, np.newaxis] - sums, squares[:, np.newaxis] - squares
    error: Float64 = np.where(count > 0, square - total**2 / np.maximum(count, 1), np.inf)
    return error


def _prefix_sums(values: Float64) -> Float64:
    return np.concatenate([[0.0], np.cumsum(values)])


def _midpoints(table: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the borders between the neighborhoods of adjacent levels, (256,) to (255,)."""
    return (table[:-1] + table[1:]) / 2
