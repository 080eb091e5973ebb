"""Resizing in float64, with and without antialiasing, as one matrix for each axis.

Every new pixel is a weighted mean of old ones near its center, so shrinking or enlarging an axis
multiplies it by a sparse matrix of weights.  Pillow, PyTorch and TensorFlow differ only in whether
the weights are spread over all old pixels that a new one covers (antialiasing).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Float64 = NDArray[np.float64]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]


def resize(
    pixels: Float64,
    height: int,
    width: int,
    interpolation: Interpolation = "bicubic",
    antialias: bool = True,
) -> Float64:
    """Resize a picture or one channel.

    Parameters
    ----------
    pixels : (H, W, C) or (H, W) ndarray of float64
        Any units; sRGB values are averaged as they are, as all reproduced systems do.
    height, width : int
        New size, at least 1.
    interpolation : {"nearest", "bilinear", "bicubic", "lanczos"}
        ``bicubic`` has a = -0.5 and ``lanczos`` three lobes, both as in Pillow; both may
        overshoot the range of `pixels`.
    antialias : bool
        True: as Pillow.  False: sample between the nearest pixels however much is skipped, as
        ``torch.nn.functional.interpolate(antialias=False)`` (bilinear) and ``tf.image.resize``.

    Returns
    -------
    (height, width, C) or (height, width) ndarray of float64
        Never a view of `pixels`.

    Raises
    ------
    ValueError
        If `height` or `width` is below 1.

    Notes
    -----
    Pixel centers are at half integers: new pixel i lies at old position (i + 0.5) * old / new.
    At the border the weights inside the picture are normalized to sum to one.  ``nearest`` takes
    the old pixel in which that position lies (Pillow; PyTorch's ``nearest-exact``), the later of
    two where it lies between them.
    """
    if height < 1 or width < 1:
        raise ValueError(f"expected a size of at least 1 x 1, got {height} x {width}")
    rows = _weights(pixels.shape[0], height, interpolation, antialias)  # (height, H)
    columns = _weights(pixels.shape[1], width, interpolation, antialias)  # (width, W)
    low = _along_first_axis(rows, pixels)  # (height, W, C)
    turned = _along_first_axis(columns, np.swapaxes(low, 0, 1))  # (width, height, C)
    return np.ascontiguousarray(np.swapaxes(turned, 0, 1))  # (height, width, C)


def _along_first_axis(weights: csr_array, pixels: Float64) -> Float64:
    flat = weights @ pixels.reshape(pixels.shape[0], -1)
    return np.asarray(flat).reshape(weights.shape[0], *pixels.shape[1:])


def _weights(old: int, new: int, interpolation: Interpolation, antialias: bool) -> csr_array:
    """Weights of `old` pixels in each of `new` ones, as an (new, old) matrix."""
    if interpolation == "nearest":
        nearest = (2 * np.arange(new) + 1) * old // (2 * new)  # whole numbers: exact at ties
        return csr_array((np.ones(new), (np.arange(new), nearest)), shape=(new, old))
    step = old / new
    centers = (np.arange(new) + 0.5) * step
    kernel, radius = KERNELS[interpolation]
    spread = max(step, 1.0) if antialias else 1.0
    reach = int(np.ceil(radius * spread))
    index = np.floor(centers)[:, np.newaxis] + np.arange(-reach, reach + 1)  # (new, taps)
    weight = kernel((index + 0.5 - centers[:, np.newaxis]) / spread)
    weight[(index < 0) | (index >= old)] = 0
    weight /= weight.sum(axis=1, keepdims=True)
    taken = weight != 0
    row = np.nonzero(taken)[0]
    return csr_array((weight[taken], (row, index[taken].astype(int))), shape=(new, old))


def _triangle(t: Float64) -> Float64:
    t = np.abs(t)
    return np.where(t < 1, 1 - t, 0.0)


def _cubic(t: Float64) -> Float64:
    """Keys, "Cubic convolution interpolation for digital image processing", 1981, a = -0.5."""
    t = np.abs(t)
    inner = (1.5 * t - 2.5) * t * t + 1
    outer = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return np.where(t < 1, inner, np.where(t < 2, outer, 0.0))


def _lanczos(t: Float64) -> Float64:
    return np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0)


KERNELS: dict[str, tuple[Callable[[Float64], Float64], int]] = {
    "bilinear": (_triangle, 1),
    "bicubic": (_cubic, 2),
    "lanczos": (_lanczos, 3),
}
"""Each interpolation's kernel and the radius beyond which it is zero."""
