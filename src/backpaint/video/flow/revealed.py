"""A start for what comes into view, in the manner of what is painted already."""

import numpy as np
import scipy

from .guide import Guide
from .warp import Float64

SPREADS = (1.0, 3.0)
"""Pixels, of the Gaussians through which two places are compared."""
NEARNESS = 1.0
"""Levels that a pixel of distance counts: of places that are alike, the nearer one."""
LIKE = 8
"""Places whose mean is taken: one by itself makes specks."""


def revealed_start(pixels: Float64, guide: Guide) -> Float64:
    """Return what a frame begins at: where no painting shows a place, that of places like it.

    By what the place differs from those in the frame, it differs from them in the painting.

    Parameters
    ----------
    pixels : (H, W, 3) ndarray of float64
        Of the frame.
    guide : Guide

    Returns
    -------
    (H, W, 3) ndarray of float64

    Notes
    -----
    A place that begins as the photograph stays one: the rest of the picture meets the style's
    statistics already, so that no gradient is left for it, and the next frame's temporal term then
    holds it there.  Frame by frame the painting would drain away.
    """
    start = guide.start(pixels)
    known = guide.painted
    if known.all():
        return start
    places = _places(pixels)
    like = range(1, min(LIKE, int(known.sum())) + 1)
    _, nearest = scipy.spatial.cKDTree(places[known]).query(places[~known], like)
    own = pixels[~known] - pixels[known][nearest].mean(axis=1)
    start[~known] = (start[known][nearest].mean(axis=1) + own).clip(0, 255)
    return start


def _places(pixels: Float64) -> Float64:
    """Describe each pixel by the colors around it, and where it is."""
    height, width, _ = pixels.shape
    y, x = np.mgrid[:height, :width] * NEARNESS
    smooth = [scipy.ndimage.gaussian_filter(pixels, (spread, spread, 0)) for spread in SPREADS]
    return np.concatenate([*smooth, y[..., np.newaxis], x[..., np.newaxis]], axis=-1)
