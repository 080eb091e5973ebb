"""Sharp borders for flows: libraries blur them over the few pixels where two motions meet."""

import numpy as np
import scipy

from .frame import Frame, difference
from .warp import Float64

REACH = (4, 8)
"""Pixels from where else a flow is tried: a blurred border is not wider."""
SPREAD = 0.3
"""Pixels, of the Gaussian over which differences of levels are averaged."""
ADVANTAGE = 6.0
"""Levels that another flow must be better by: less is noise."""


def sharpen(flow: Float64, here: Frame, there: Frame) -> Float64:
    """Return a flow in which each pixel has that of a neighbor, where it leads to its like.

    Parameters
    ----------
    flow : (H, W, 2) ndarray of float64
        From `here` to `there`.
    here, there : Frame

    Returns
    -------
    (H, W, 2) ndarray of float64
        Where two motions meet, each pixel then has one of them, and no mixture.

    Notes
    -----
    It is done twice: a single pixel that leads to its like by chance is outvoted in between by the
    medians of three by three.
    """
    chosen = _chosen(flow, here, there)
    return _chosen(scipy.ndimage.median_filter(chosen, (3, 3, 1), mode="nearest"), here, there)


def _chosen(flow: Float64, here: Frame, there: Frame) -> Float64:
    """Choose for each pixel the best of its own flow and those of its neighbors."""
    best, cost = flow, difference(flow, here, there, SPREAD) - ADVANTAGE
    for reach in REACH:
        for down, right in _DIRECTIONS:
            other = _shifted(flow, down * reach, right * reach)
            new = difference(other, here, there, SPREAD)
            better = new < cost
            cost = np.where(better, new, cost)
            best = np.where(better[..., np.newaxis], other, best)
    return best


_DIRECTIONS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


def _shifted(flow: Float64, down: int, right: int) -> Float64:
    """Take each pixel's flow from another, the nearest one where that is outside."""
    height, width = flow.shape[:2]
    rows = (np.arange(height) + down).clip(0, height - 1)
    columns = (np.arange(width) + right).clip(0, width - 1)
    return np.asarray(flow[rows][:, columns])
