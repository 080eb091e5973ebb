"""Classification of a photograph by the whole network with its head."""

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..images.resize import resize
from ..vgg import HEAD_IMAGE_SIZE
from ..weights import VGGWeights
from .pixel_network import pixel_network

SHORT_SIDE = 256
"""Of the photograph, before its middle is cut out."""


def classify(pixels: NDArray[np.float64], weights: VGGWeights) -> NDArray[np.float64]:
    """Compute the probabilities of the 1000 classes.

    Parameters
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B from 0 to 255; the shorter side is resized to 256 and the middle 224 x 224 taken.
    weights : VGGWeights
        With the three fully connected layers.

    Returns
    -------
    (1000,) ndarray of float64
        Probabilities, sum 1.

    Raises
    ------
    UsageError
        If the weights have no head.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, arXiv:1409.1556, section 3.2 (one scale, one crop).
    """
    from ..reference.softmax import softmax_forward

    if not weights.has_head:
        found = f" (left out: {'; '.join(weights.left_out)})" if weights.left_out else ""
        raise UsageError(
            f"{weights.origin} has no classifier head for 1000 classes{found}; give a file that "
            "has one, such as imagenet-vgg-verydeep-19.mat (--weights FILE)"
        )
    values = pixel_network(weights).forward(middle(pixels), ("fc8",))
    return softmax_forward(values["fc8"].astype(np.float64)).astype(np.float64)


def middle(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Resize the shorter side to 256 pixels and cut out the middle: (224, 224, 3)."""
    height, width, _ = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    margin = (SHORT_SIDE - HEAD_IMAGE_SIZE) // 2
    picture = resize(square, SHORT_SIDE, SHORT_SIDE, "bilinear")
    return picture[margin:-margin, margin:-margin]
