"""Resizing: Pillow's filters, SciPy where a system samples without averaging, Torch7, OpenCV."""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from .cubic import cubic
from .other_libraries import between, covered, opencv_area, smoothed_for_pyramid

Float64 = NDArray[np.float64]
Interpolation = Literal[
    "nearest", "bilinear", "bicubic", "cubic-cv", "lanczos", "area", "area-opencv", "pyramid"
]

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
    eight_bit: bool = False,
    shrink: float | None = None,
) -> Float64:
    """Resize a picture or one channel.

    Parameters
    ----------
    pixels : (H, W, C) or (H, W) ndarray of float64
        Any units; sRGB values are averaged as they are, as all reproduced systems do.
    height, width : int
        New size, at least 1.
    interpolation : Interpolation
        ``bicubic``, ``cubic-cv`` and ``lanczos`` may overshoot the range of `pixels`.  ``area`` is
        what Torch7's `image.scale` calls bilinear: see `_area`.  ``cubic-cv`` is OpenCV's, which
        never averages: see `cubic`.  ``area-opencv`` is `cv2.resize` with `INTER_AREA`,
        ``pyramid`` is `skimage.transform.pyramid_reduce`: see `other_libraries`.
    antialias : bool
        True: spread over all old pixels that a new one covers, as Pillow.  False, for ``bilinear``
        alone: between the nearest four however much is skipped, as
        ``torch.nn.functional.interpolate(antialias=False)`` and ``tf.image.resize``.
    eight_bit : bool
        Resize whole levels 0..255 to whole levels, bit for bit as Pillow does it with 8-bit
        pictures: the width first, then the height, rounded and clipped after each.

    shrink : float, optional
        For ``pyramid``: by how much the sides shrink before they are whole numbers; absent: as the
        sizes say.

    Returns
    -------
    (height, width, C) or (height, width) ndarray of float64
        Never a view of `pixels`; unless `eight_bit`, Pillow computes in float32, so that a value
        near 255 is right to 1e-4.

    Raises
    ------
    ValueError
        If `height` or `width` is below 1, or `antialias` is False with another interpolation.

    Notes
    -----
    Pixel centers are at half integers: new pixel i lies at old position (i + 0.5) * old / new,
    but for ``area`` where it enlarges.
    """
    if height < 1 or width < 1:
        raise ValueError(f"expected a size of at least 1 x 1, got {height} x {width}")
    if not antialias and interpolation != "bilinear":
        raise ValueError(f"antialias=False goes with bilinear, not with {interpolation}")
    if eight_bit:
        pixels = _whole(pixels)
    if shrink is None:
        shrink = math.sqrt(pixels.shape[0] * pixels.shape[1] / (height * width))
    if (height, width) == pixels.shape[:2]:
        return pixels.copy()
    if not antialias:
        resized = _sample(pixels, height, width)
    elif interpolation == "cubic-cv":
        resized = _each_channel(pixels, lambda channel: cubic(channel, height, width))
    elif interpolation == "area":
        resized = _each_channel(pixels, lambda channel: _area(_area(channel, height).T, width).T)
    elif interpolation == "area-opencv":
        resized = _each_channel(pixels, lambda channel: opencv_area(channel, height, width))
    elif interpolation == "pyramid":
        resized = _sample(smoothed_for_pyramid(pixels, shrink), height, width)
    else:
        kind, by = np.uint8 if eight_bit else np.float32, PILLOW[interpolation]
        size = height, width
        resized = _each_channel(pixels, lambda channel: _pillow(channel.astype(kind), size, by))
    return _whole(resized) if eight_bit else resized


def _whole(pixels: Float64) -> Float64:
    """Round to the levels that eight bits can tell apart."""
    return np.rint(pixels).clip(0, 255)


def _each_channel(pixels: Float64, resized: Callable[[Float64], Float64]) -> Float64:
    """Resize (H, W, C) or (H, W) channel by channel."""
    if pixels.ndim == 2:
        return resized(pixels)
    return np.stack([resized(channel) for channel in np.moveaxis(pixels, 2, 0)], axis=-1)


def _pillow(channel: NDArray[Any], size: tuple[int, int], by: Image.Resampling) -> Float64:
    """Resize one channel to (height, width) in its own precision."""
    return np.asarray(Image.fromarray(channel).resize(size[::-1], by), np.float64)


def _sample(pixels: Float64, height: int, width: int) -> Float64:
    """Interpolate between the nearest four pixels; beyond the border the nearest one goes on."""
    factors = (height / pixels.shape[0], width / pixels.shape[1], 1.0)[: pixels.ndim]
    sampled = scipy.ndimage.zoom(pixels, factors, order=1, mode="nearest", grid_mode=True)
    return np.asarray(sampled, np.float64)


def _area(channel: Float64, rows: int) -> Float64:
    """Average the old rows that each new one covers, parts of rows by their part.

    Unless there are fewer new rows, they lie on straight lines between the old ones, first on
    first and last on last.
    """
    old = channel.shape[0]
    if rows >= old:
        return between(channel, np.linspace(0, old - 1, rows))
    return covered(channel, rows)
