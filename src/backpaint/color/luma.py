"""Light and dark of a style, brought to those of the content."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def match_luma(
    style: Floats,
    content: Floats,
    match: Literal["deviation", "mean", "none"] = "deviation",
    *,
    floor: float = 1.0,
    style_weights: Floats | None = None,
    content_weights: Floats | None = None,
) -> Floats:
    """Return the levels of a style the content's mean and standard deviation.

    Parameters
    ----------
    style, content : (..., 3) ndarray of float64
        Gray pictures of any size; see `backpaint.problem.gray.gray_picture`.
    match : {"deviation", "mean", "none"}
        Mean and deviation, the mean alone, or neither.
    floor : float
        Squared levels, added to both variances: a picture of one level has none.
    style_weights, content_weights : (...) ndarray of float64, optional
        How much each pixel of both counts: a region's mask.  Absent: all alike.

    Returns
    -------
    ndarray of float64
        Of the style's shape, not clipped.

    Notes
    -----
    Equation 10 of [1]_: ``sigma_c / sigma_s (Y_s - mu_s) + mu_c``.  It is a ratio of deviations;
    with the ratio of variances, a known mistake, the style's contrast comes out wrong twice over.

    References
    ----------
    .. [1] L. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving Color in Neural Artistic
       Style Transfer", arXiv:1606.05897.
    """
    if match == "none":
        return style
    style_mean, of_style = _moments(style, style_weights)
    content_mean, of_content = _moments(content, content_weights)
    is_full = match == "deviation"
    stretch = np.sqrt((of_content + floor) / (of_style + floor)) if is_full else 1.0
    return np.asarray(stretch * (style - style_mean) + content_mean)


def _moments(levels: Floats, weights: Floats | None) -> tuple[float, float]:
    """Compute mean and variance of a gray picture's levels."""
    if weights is None:
        return levels.mean(), levels.var()
    spread = np.broadcast_to(weights[..., np.newaxis], levels.shape)
    mean = np.average(levels, weights=spread)
    return float(mean), float(np.average(np.square(levels - mean), weights=spread))
