"""Resizing: Pillow's filters, and SciPy where a system samples without averaging."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Float64 = NDArray[np.float64]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]

PILLOW: dict[Interpolation, Image.Resampling] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


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
        ``bicubic`` and ``lanczos`` may overshoot the range of `pixels`.
    antialias : bool
        True: spread over all old pixels that a new one covers, as Pillow.  False, for ``bilinear``
        alone: between the nearest four however much is skipped, as
        ``torch.nn.functional.interpolate(antialias=False)`` and ``tf.image.resize``.

    Returns
    -------
    (height, width, C) or (height, width) ndarray of float64
        Never a view of `pixels`; Pillow computes in float32, so a value near 255 is right to 1e-4.

    Raises
    ------
    ValueError
        If `height` or `width` is below 1, or `antialias` is False with another interpolation.

    Notes
    -----
    Pixel centers are at half integers: new pixel i lies at old position (i + 0.5) * old / new.
    """
    if height < 1 or width < 1:
        raise ValueError(f"expected a size of at least 1 x 1, got {height} x {width}")
    if not antialias and interpolation != "bilinear":
        raise ValueError(f"antialias=False goes with bilinear, not with {interpolation}")
    if (height, width) == pixels.shape[:2]:
        return pixels.copy()
    if not antialias:
        return _sample(pixels, height, width)
    channels = np.atleast_3d(pixels)  # (H, W, C)
    resized = [
        Image.fromarray(channel.astype(np.float32)).resize((width, height), PILLOW[interpolation])
        for channel in np.moveaxis(channels, 2, 0)
    ]
    stacked = np.stack([np.asarray(channel, np.float64) for channel in resized], axis=-1)
    return stacked.reshape(height, width, *pixels.shape[2:])


def _sample(pixels: Float64, height: int, width: int) -> Float64:
    """Interpolate between the nearest four pixels; beyond the border the nearest one goes on."""
    factors = (height / pixels.shape[0], width / pixels.shape[1], 1.0)[: pixels.ndim]
    sampled = ndimage.zoom(pixels, factors, order=1, mode="nearest", grid_mode=True)
    return np.asarray(sampled, np.float64)
