"""Pictures small enough to be sent often."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_SIDE = 1024
"""Of a preview, in pixels: what a page shows, and what a server keeps in memory."""


def preview(pixels: NDArray[np.float64], side: int = LONGEST_SIDE) -> bytes:
    """Encode pixels as JPEG, shrunk to a side.

    Parameters
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B from 0 to 255.
    side : int
        The longest of the preview.
    """
    image = Image.fromarray(np.rint(pixels.clip(0, 255)).astype(np.uint8))
    image.thumbnail((side, side), Image.Resampling.BICUBIC)
    file = BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()
