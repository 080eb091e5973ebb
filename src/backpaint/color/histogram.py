"""A change of levels, channel by channel, that gives one picture the histograms of another."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def match_histogram(style: Floats, content: Floats) -> Floats:
    """Match each of a style's channels to the content's histogram.

    Parameters
    ----------
    style, content : (H, W, 3) ndarray of float64
        Each of its own size.

    Returns
    -------
    (H, W, 3) ndarray of float64
        Of the style's shape, within the content's range.

    Notes
    -----
    Of N values in a channel, those of one level stand at the ranks i, i + 1, ..., j; the level's
    place is the middle of them, ``(i + j) / 2N`` with ranks from 1, less half a rank.  It becomes
    what the content has at that place, between the values that stand at 1/2N', 3/2N', ... of its
    own N'.  Equal levels stay equal.

    The colors as such are not matched: how much R and G go together stays the style's.
    """
    return np.stack(
        [_matched(style[..., channel], content[..., channel]) for channel in range(3)], axis=-1
    )


def _matched(style: Floats, content: Floats) -> Floats:
    """Match one channel, (H, W) in and out."""
    levels, which, counts = np.unique(style, return_inverse=True, return_counts=True)
    places = (np.cumsum(counts) - counts / 2) / style.size
    known = np.sort(content, axis=None)
    at = (np.arange(known.size) + 0.5) / known.size
    new_levels = np.interp(places, at, known)
    return new_levels[which.reshape(style.shape)] if levels.size else style
