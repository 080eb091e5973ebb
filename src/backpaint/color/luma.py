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
) -> Floats:
    """Return the levels of a style the content's mean and standard deviation.

    Parameters
    ----------
    style, content : ndarray of float64
        Gray pictures of any shape; see `backpaint.problem.gray.gray_picture`.
    match : {"deviation", "mean", "none"}
        Mean and deviation, the mean alone, or neither.
    floor : float
        Squared levels, added to both variances: a picture of one level has none.

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
    is_full = match == "deviation"
    stretch = np.sqrt((content.var() + floor) / (style.var() + floor)) if is_full else 1.0
    return np.asarray(stretch * (style - style.mean()) + content.mean())
