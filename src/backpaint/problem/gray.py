"""Gray pictures among all pictures: what is painted where light and dark alone are painted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .recipe import Affine

Floats = NDArray[np.float64]

LUMA = np.array([0.299, 0.587, 0.114])
"""Y of Y'UV and Y'IQ (NTSC 1953; ITU-R BT.601) from R, G, B."""


def gray_picture(pixels: Floats) -> Floats:
    """Return a picture's light and dark, Y, in three equal channels: (H, W, 3) in and out."""
    return np.repeat((pixels @ LUMA)[..., np.newaxis], 3, axis=-1)


@dataclass(frozen=True)
class GrayLine:
    """The line of gray among the colors of one pixel, in units of the variable.

    Gray of level y has the variable ``x_c = a_c y + b_c``; the line goes through b, in the
    direction a.

    Attributes
    ----------
    black : (3,) ndarray of float64
        b, where y is 0.
    direction : (3,) ndarray of float64
        a, scaled to the length 1.

    Notes
    -----
    With the unit vector u = a / |a|, the nearest gray picture is ``P x = b + u (u . (x - b))`` in
    every pixel.  An objective f on gray pictures is ``f(P x)`` on all of them, and since P is
    symmetric and linear but for b, its gradient is that of f, projected::

        grad (f o P) = u (u . grad f)

    So a descent along it stays gray, whatever it makes of loss and gradient, as long as its steps
    are sums of gradients.
    """

    black: Floats
    direction: Floats

    def nearest(self, x: Floats) -> Floats:
        """Return the nearest gray picture, same shape (..., 3)."""
        return self.black + self.along(x - self.black)

    def along(self, vector: Floats) -> Floats:
        """Return the part of a gradient or step that keeps a picture gray, same shape (..., 3)."""
        return (vector @ self.direction)[..., np.newaxis] * self.direction


def gray_line(variable: Affine) -> GrayLine:
    """Return the line of gray in units of a recipe's variable.

    Parameters
    ----------
    variable : Affine
        ``x = (rgb * scale - mean) / std``.

    Examples
    --------
    >>> line = gray_line(Affine(scale=0.5, std=(1.0, 1.0, 1.0)))
    >>> line.nearest(np.array([[3.0, 6.0, 9.0]]))
    array([[6., 6., 6.]])
    """
    std = np.array(variable.std)
    a, b = variable.scale / std, -np.array(variable.mean) / std
    return GrayLine(b, a / np.linalg.norm(a))
