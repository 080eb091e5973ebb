"""OpenCV's bicubic interpolation: between 16 pixels, however many are skipped."""

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

SHARPNESS = -0.75
"""The slope where a pixel's weight is first zero, Keys's a; Pillow's is -0.5."""


def cubic(channel: Float64, height: int, width: int) -> Float64:
    """Resize one channel as ``cv2.resize(..., interpolation=cv2.INTER_CUBIC)``.

    Parameters
    ----------
    channel : (H, W) ndarray of float64
    height, width : int
        New size.

    Returns
    -------
    (height, width) ndarray of float64
        May overshoot.

    Notes
    -----
    Shrinking does not average: the picture is not antialiased.  Beyond the border the nearest pixel
    goes on.  Rounded to levels 0..255, it is OpenCV's result for pictures of 8 bits, but for one
    pixel in a hundred thousand: OpenCV computes in float32.

    References
    ----------
    .. [1] R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", IEEE
       Transactions on Acoustics, Speech, and Signal Processing 29 (1981), 1153-1160.
    """
    return _rows(_rows(channel.T, width).T, height)


def _rows(rows: Float64, count: int) -> Float64:
    """Interpolate rows (H, W) to `count` rows."""
    old = len(rows)
    position = (np.arange(count) + 0.5) * (old / count) - 0.5
    first = np.floor(position).astype(int)
    weights = _weights(position - first)
    around = [rows[(first + k).clip(0, old - 1)] for k in (-1, 0, 1, 2)]
    return np.asarray(sum(w[:, np.newaxis] * row for w, row in zip(weights, around, strict=True)))


def _weights(part: Float64) -> Float64:
    """Compute the weights of four pixels, `part` 0..1 of the way from second to third: (4, N)."""
    a = SHARPNESS
    second, third = (((a + 2) * x - (a + 3)) * x**2 + 1 for x in (part, 1 - part))
    first = a * part * (1 - part) ** 2
    return np.stack([first, second, third, 1 - first - second - third])
