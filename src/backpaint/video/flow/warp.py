"""Warping: a picture is moved along a flow."""

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def warp(picture: Float64, flow: Float64) -> Float64:
    """Return what a picture shows where a flow points: bilinear, clamped to the border.

    Parameters
    ----------
    picture : (H, W) or (H, W, K) ndarray of float64
    flow : (H, W, 2) ndarray of float64
        Rightward and downward pixels from each place to the one that it takes its value from.

    Returns
    -------
    ndarray of float64
        ``picture[y + flow[y, x, 1], x + flow[y, x, 0]]`` at each place, of the picture's shape.
    """
    height, width = flow.shape[:2]
    x, y = sources(flow)
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    left, top = x.astype(int), y.astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    a, b = x - left, y - top
    if picture.ndim == 3:
        a, b = a[..., np.newaxis], b[..., np.newaxis]
    upper = (1 - a) * picture[top, left] + a * picture[top, right]
    lower = (1 - a) * picture[bottom, left] + a * picture[bottom, right]
    warped: Float64 = (1 - b) * upper + b * lower
    return warped


def sources(flow: Float64) -> tuple[Float64, Float64]:
    """Return x and y of the place that each pixel takes its value from, both (H, W)."""
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return x + flow[..., 0], y + flow[..., 1]
