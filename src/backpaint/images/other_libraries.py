"""The ways in which OpenCV and scikit-image shrink pictures, for systems that call them."""

import numpy as np
import scipy
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def covered(channel: Float64 | NDArray[np.bool_], rows: int) -> Float64:
    """Average the old rows that each of fewer new ones covers, parts of rows by their part.

    Parameters
    ----------
    channel : (H, W) ndarray of float64 or bool
        Of a mask, True and False give the bits of 1.0 and 0.0 in far less time and memory.
    rows : int
        At most H.

    Returns
    -------
    (rows, W) ndarray of float64
    """
    old = channel.shape[0]
    # What lies above an edge, up to each edge of a new row: their differences are the new rows.
    edges = np.linspace(0, old, rows + 1)
    if channel.dtype == np.bool_:
        above_edges = _counted_above(np.asarray(channel, np.bool_), edges)
    else:
        above = np.zeros((old + 1, channel.shape[1]))
        np.cumsum(channel, axis=0, out=above[1:])
        above_edges = between(above, edges)
    return np.asarray(np.diff(above_edges, axis=0) * (rows / old))


def _counted_above(mask: NDArray[np.bool_], edges: Float64) -> Float64:
    """Count what lies above edges: sums of ones are exact, so strips of rows may be summed first.

    Parameters
    ----------
    mask : (H, W) ndarray of bool
    edges : (n,) ndarray of float64
        From 0 to H.

    Returns
    -------
    (n, W) ndarray of float64
        What `between` would give of the sums above every row.
    """
    before = edges.astype(int)
    behind = np.minimum(before + 1, len(mask))
    places = np.unique([before, behind])
    strips = np.add.reduceat(mask, places[:-1], axis=0, dtype=np.int32)
    above = np.concatenate([np.zeros((1, mask.shape[1])), np.cumsum(strips, axis=0)])
    part = (edges - before)[:, np.newaxis]
    first, second = (above[np.searchsorted(places, rows)] for rows in (before, behind))
    return np.asarray(first * (1 - part) + second * part)


def between(rows: Float64, positions: Float64) -> Float64:
    """Interpolate linearly between rows.

    Parameters
    ----------
    rows : (N, W) ndarray of float64
    positions : (n,) ndarray of float64
        From 0 to N - 1.

    Returns
    -------
    (n, W) ndarray of float64
    """
    before = positions.astype(int)
    behind = np.minimum(before + 1, len(rows) - 1)
    part = (positions - before)[:, np.newaxis]
    return np.asarray(rows[before] * (1 - part) + rows[behind] * part)


def opencv_area(channel: Float64, height: int, width: int) -> Float64:
    """Resize one channel as OpenCV does by area (its INTER_AREA).

    Parameters
    ----------
    channel : (H, W) ndarray of float64
    height, width : int
        New size.

    Returns
    -------
    (height, width) ndarray of float64

    Notes
    -----
    Where neither side grows, new pixels are averages of what they cover.  Where one does, both are
    interpolated, and only across the edges of old pixels: see `_across_edges`.
    """
    if height <= channel.shape[0] and width <= channel.shape[1]:
        return covered(covered(channel, height).T, width).T
    rows = between(channel, _across_edges(channel.shape[0], height))
    return between(rows.T, _across_edges(channel.shape[1], width)).T


def _across_edges(old: int, new: int) -> Float64:
    """Return where new rows lie between old ones, in OpenCV's way for areas.

    A new row within an old one is its copy; one that crosses the edge to the next is mixed by how
    much of it lies there.
    """
    first = np.arange(new)
    inside = np.floor(first * (old / new))
    beyond = (first + 1) - (inside + 1) * (new / old)
    part = np.where(beyond <= 0, 0.0, beyond - np.floor(beyond))
    return np.asarray(np.minimum(inside + part, old - 1))


def smoothed_for_pyramid(pixels: Float64, factor: float) -> Float64:
    """Blur a picture as `skimage.transform.pyramid_reduce` does before it samples.

    Parameters
    ----------
    pixels : (H, W, C) or (H, W) ndarray of float64
    factor : float
        By how much its sides will shrink.

    Returns
    -------
    ndarray of float64
        Same shape; itself where nothing shrinks.  The Gaussian's standard deviation is a third of
        the factor, so that it covers 99 % of what becomes about two pixels.
    """
    if factor <= 1:
        return pixels
    sigma = (factor / 3, factor / 3, 0.0)[: pixels.ndim]
    return np.asarray(scipy.ndimage.gaussian_filter(pixels, sigma, mode="reflect"))
