"""Masks of trust: where the frame before shows the same thing, moved."""

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from .frame import Frame, difference
from .warp import Float64, sources, warp

Mask = NDArray[np.bool_]

OCCLUDED, OCCLUDED_PIXELS = 0.01, 0.5
"""Of squared lengths, and in squared pixels: how far a way there and back may miss its start."""
BORDER, BORDER_PIXELS = 0.01, 0.002
"""Likewise, how fast a flow may change beside a pixel."""
ALIKE, SPREAD = 5.0, 0.7
"""Levels by which a place and where a flow leads may differ, a camera's noise included; and pixels
of the Gaussian through which they are compared."""


def visible(back: Float64, forth: Float64) -> Mask:
    """Whether each pixel of a frame was visible in an earlier one, by going there and back.

    Parameters
    ----------
    back : (H, W, 2) ndarray of float64
        From the frame to the earlier one, at the frame's pixels.
    forth : (H, W, 2) ndarray of float64
        From the earlier frame to this one, at the earlier one's pixels.

    Returns
    -------
    (H, W) ndarray of bool
        False also where the earlier frame ended.

    Notes
    -----
    With f the flow forth where b points to: ``|f + b|^2 <= 0.01 (|f|^2 + |b|^2) + 0.5``.

    References
    ----------
    .. [1] M. Ruder, A. Dosovitskiy, T. Brox, "Artistic style transfer for videos",
       arXiv:1604.08610; the constants are those of its authors' program.
    """
    there = warp(forth, back)
    missed = _squares(there + back)
    limit = OCCLUDED * (_squares(there) + _squares(back)) + OCCLUDED_PIXELS
    return _inside(back) & (missed <= limit)


def on_border(back: Float64) -> Mask:
    """Whether each pixel lies where two motions meet, and a flow is known to be blurred.

    Parameters
    ----------
    back : (H, W, 2) ndarray of float64

    Notes
    -----
    ``|grad b_x|^2 + |grad b_y|^2 > 0.01 |b|^2 + 0.002``; source as for `visible`.
    """
    changes = sum(_squares(np.gradient(back, axis=axis)) for axis in (0, 1))
    border: Mask = changes > BORDER * _squares(back) + BORDER_PIXELS
    return border


def alike(back: Float64, here: Frame, there: Frame) -> Mask:
    """Whether each pixel looks like the place where a flow leads.

    Parameters
    ----------
    back : (H, W, 2) ndarray of float64
        From `here` to `there`.
    here, there : Frame

    Returns
    -------
    (H, W) ndarray of bool

    Notes
    -----
    Beside a moving thing the way there and back misses its start though the way back is right: the
    other one is blurred.
    """
    return _inside(back) & (difference(back, here, there, SPREAD) < ALIKE)


def _inside(back: Float64) -> Mask:
    """Whether each pixel comes from within the picture, to whose border half a pixel belongs."""
    height, width = back.shape[:2]
    x, y = sources(back)
    inside: Mask = (abs(2 * x + 1 - width) <= width) & (abs(2 * y + 1 - height) <= height)
    return inside


def without_specks(mask: Mask) -> Mask:
    """Leave out what has not room for three by three pixels: it is right by chance.

    Parameters
    ----------
    mask : (H, W) ndarray of bool

    Examples
    --------
    >>> mask = np.array([[0, 0, 0, 1, 1], [0, 1, 0, 1, 1], [0, 0, 0, 1, 1]], bool)
    >>> without_specks(mask).astype(int)
    array([[0, 0, 0, 1, 1],
           [0, 0, 0, 1, 1],
           [0, 0, 0, 1, 1]])
    """
    wider = np.pad(mask, 2, mode="edge")  # a picture's border is no edge of what it shows
    return np.asarray(scipy.ndimage.binary_opening(wider, np.ones((3, 3), bool))[2:-2, 2:-2])


def nearest_first(masks: Sequence[Mask]) -> list[Mask]:
    """Leave each pixel to the nearest of several earlier frames that knows it.

    Parameters
    ----------
    masks : sequence of (H, W) ndarray of bool
        Of earlier frames, the nearest first.

    Returns
    -------
    list of (H, W) ndarray of bool
        ``max(c - sum of the nearer ones, 0)`` for each, which no two share a pixel of.
    """
    free = np.ones_like(masks[0])
    left = []
    for mask in masks:
        left.append(mask & free)
        free &= ~mask
    return left


def _squares(vectors: Float64) -> Float64:
    squares: Float64 = np.square(vectors).sum(axis=-1)
    return squares
