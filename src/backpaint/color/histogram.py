"""A change of levels, channel by channel, that gives one picture the histograms of another."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def match_histogram(
    style: Floats,
    content: Floats,
    style_weights: Floats | None = None,
    content_weights: Floats | None = None,
) -> Floats:
    """Match each of a style's channels to the content's histogram.

    Parameters
    ----------
    style, content : (H, W, 3) ndarray of float64
        Each of its own size.
    style_weights, content_weights : (H, W) ndarray of float64, optional
        How much each pixel of both counts: a region's mask.  Absent: all alike.

    Returns
    -------
    (H, W, 3) ndarray of float64
        Of the style's shape, within the content's range.

    Notes
    -----
    Of N values in a channel, those of one level stand at the ranks i, i + 1, ..., j; the level's
    place is the middle of them, ``(i + j) / 2N`` with ranks from 1, less half a rank.  It becomes
    what the content has at that place, between the values that stand at 1/2N', 3/2N', ... of its
    own N'.  Equal levels stay equal.  With weights a value takes as much room as it weighs, in
    place of one rank, and stands in the middle of it; levels of which nothing counts stand
    between those around them.

    The colors as such are not matched: how much R and G go together stays the style's.
    """
    here = np.ones(style.shape[:2]) if style_weights is None else style_weights
    there = np.ones(content.shape[:2]) if content_weights is None else content_weights
    return np.stack(
        [_matched(style[..., c], here, content[..., c], there) for c in range(3)], axis=-1
    )


def _matched(style: Floats, here: Floats, content: Floats, there: Floats) -> Floats:
    """Match one channel, (H, W) in and out; `here` and `there` are how much each pixel counts."""
    _, which = np.unique(style, return_inverse=True)
    places = _middles(np.bincount(which.ravel(), here.ravel()).astype(np.float64))
    order = np.argsort(content, axis=None, kind="stable")
    order = order[there.ravel()[order] > 0]
    new_levels = np.interp(places, _middles(there.ravel()[order]), content.ravel()[order])
    return new_levels[which.reshape(style.shape)]


def _middles(parts: Floats) -> Floats:
    """Return the middles of parts that lie side by side, with their whole as 1."""
    ends = np.cumsum(parts)
    return np.asarray((ends - parts / 2) / ends[-1])
