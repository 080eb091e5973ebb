"""The content's colors on the painting's light and dark."""

import numpy as np
from numpy.typing import NDArray

from ..images.resize import resize
from ..problem.gray import LUMA

Float64 = NDArray[np.float64]


def keep_color(painting: Float64, content: Float64) -> Float64:
    """Return a painting with the content's colors (``--color keep``).

    Parameters
    ----------
    painting : (H, W, 3) ndarray of float64
        Red, green, blue, 0..255; its luminance is kept.
    content : (h, w, 3) ndarray of float64
        Whose chrominance is taken, after resizing to (H, W).

    Returns
    -------
    (H, W, 3) ndarray of float64
        Clipped to 0..255; where nothing is clipped, luminance and chrominance are exact.

    Notes
    -----
    The luminance-only transfer of [1]_.  Chrominance is a multiple of B - Y and R - Y (U and V; I
    and Q are these, rotated), so replacing Y and keeping the others adds the same amount, the
    change of Y, to each of R, G and B::

        B' = (B - Y) + Y',  R' = (R - Y) + Y',  and Y' = 0.299 R' + 0.587 G' + 0.114 B'
        leaves  G' = (G - Y) + Y'

    References
    ----------
    .. [1] L. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving Color in Neural Artistic
       Style Transfer", arXiv:1606.05897, section 4.
    """
    height, width = painting.shape[:2]
    content = resize(content, height, width)
    change = painting @ LUMA - content @ LUMA  # (H, W)
    recolored: Float64 = np.clip(content + change[:, :, np.newaxis], 0, 255)
    return recolored
