"""A linear map of colors that gives one picture the mean and covariance of another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..reference.symmetric_power import symmetric_power

Floats = NDArray[np.float64]
Form = Literal["cholesky", "root", "transport"]


@dataclass(frozen=True)
class ColorMap:
    """The map ``pixel -> matrix @ pixel + offset``.

    Attributes
    ----------
    matrix : (3, 3) ndarray of float64
    offset : (3,) ndarray of float64
    is_capped : bool
        Whether it would have stretched some direction of color further than allowed.
    """

    matrix: Floats
    offset: Floats
    is_capped: bool

    def __call__(self, pixels: Floats) -> Floats:
        """Map a picture, (..., 3) in and out; nothing is clipped."""
        return pixels @ self.matrix.T + self.offset


def color_moments(pixels: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Compute mean (3,) and covariance (3, 3) of a picture's pixels.

    Parameters
    ----------
    pixels : (..., 3) ndarray of float64
    weights : (...) ndarray of float64, optional
        How much each pixel counts; absent: all alike.
    """
    colors = pixels.reshape(-1, 3)
    if weights is None:
        mean = colors.mean(axis=0)
        centered = colors - mean
        return mean, np.asarray(centered.T @ centered / len(colors))
    parts = weights.reshape(-1, 1) / weights.sum()
    mean = np.sum(parts * colors, axis=0)
    centered = colors - mean
    return mean, np.asarray((parts * centered).T @ centered)


def color_map(
    style: Floats,
    content: Floats,
    form: Form,
    *,
    floor: float = 1.0,
    gain: float = 5.0,
    style_weights: Floats | None = None,
    content_weights: Floats | None = None,
) -> ColorMap:
    """Find the map that gives a style the content's mean and covariance.

    Parameters
    ----------
    style, content : (..., 3) ndarray of float64
        R, G, B, 0..255, each picture of any size.
    form : {"cholesky", "root", "transport"}
        Which of the maps that do so; see Notes.
    floor : float
        Squared levels, added to every variance: a picture without color has a singular covariance.
    gain : float
        No direction of color is stretched further than by this factor.
    style_weights, content_weights : (...) ndarray of float64, optional
        How much each pixel of both counts: a region's mask.  Absent: all alike.

    Returns
    -------
    ColorMap

    Notes
    -----
    With the covariances S of the style and C of the content, both with `floor` on their diagonals,
    ``A S A^T = C`` has many solutions [1]_ [2]_: ``A = C^1/2 R S^-1/2`` with any rotation R::

        cholesky   A = L_C L_S^-1,  S = L_S L_S^T                   depends on the order R, G, B
        root       A = C^1/2 S^-1/2                                 from image analogies
        transport  A = S^-1/2 (S^1/2 C S^1/2)^1/2 S^-1/2            symmetric

    ``transport`` is the one that moves the pixels least, in the mean of their squared changes: it
    is the optimal transport between two normal distributions of colors.

    Where a style has next to no color, its last bits of it would be stretched into noise; so
    singular values of A above `gain` become `gain`, and C is not reached then.

    References
    ----------
    .. [1] L. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving Color in Neural Artistic
       Style Transfer", arXiv:1606.05897, section 3: ``cholesky`` and ``root``.
    .. [2] F. Pitié, A. Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for
       Example-Based Colour Transfer", CVMP 2007: ``transport``.
    """
    style_mean, of_style = color_moments(style, style_weights)
    content_mean, of_content = color_moments(content, content_weights)
    eye = floor * np.eye(3)
    matrix = _matrix(of_style + eye, of_content + eye, form, floor)
    left, stretches, right = np.linalg.svd(matrix)
    is_capped = bool(stretches.max() > gain)
    if is_capped:
        matrix = (left * np.minimum(stretches, gain)) @ right
    return ColorMap(matrix, content_mean - matrix @ style_mean, is_capped)


def _matrix(style: Floats, content: Floats, form: Form, floor: float) -> Floats:
    """Solve ``A style A^T = content`` in one of three ways."""
    if form == "cholesky":
        return np.asarray(np.linalg.cholesky(content) @ np.linalg.inv(np.linalg.cholesky(style)))
    inverse = symmetric_power(style, -0.5, floor)
    if form == "root":
        return symmetric_power(content, 0.5, floor) @ inverse
    root = symmetric_power(style, 0.5, floor)
    return inverse @ symmetric_power(root @ content @ root, 0.5, floor**2) @ inverse
