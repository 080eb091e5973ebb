"""Resizing: Pillow's filters, SciPy where a system samples without averaging, and Torch7's way."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Float64 = NDArray[np.float64]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos", "area"]

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
    interpolation : {"nearest", "bilinear", "bicubic", "lanczos", "area"}
        ``bicubic`` and ``lanczos`` may overshoot the range of `pixels`.  ``area`` is what Torch7's
        `image.scale` calls bilinear: see `_area`.
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
    Pixel centers are at half integers: new pixel i lies at old position (i + 0.5) * old / new,
    but for ``area`` where it enlarges.
    """
    if height < 1 or width < 1:
        raise ValueError(f"expected a size of at least 1 x 1, got {height} x {width}")
    if not antialias and interpolation != "bilinear":
        raise ValueError(f"antialias=False goes with bilinear, not with {interpolation}")
    if (height, width) == pixels.shape[:2]:
        return pixels.copy()
    if not antialias:
        return _sample(pixels, height, width)
    resized = [
        _area(_area(channel, height).T, width).T
        if interpolation == "area"
        else _pillow(channel, height, width, PILLOW[interpolation])
        for channel in np.moveaxis(np.atleast_3d(pixels), 2, 0)
    ]
    return np.stack(resized, axis=-1).reshape(height, width, *pixels.shape[2:])


def _pillow(channel: Float64, height: int, width: int, by: Image.Resampling) -> Float64:
    resized = Image.fromarray(channel.astype(np.float32)).resize((width, height), by)
    return np.asarray(resized, np.float64)


def _sample(pixels: Float64, height: int, width: int) -> Float64:
    """Interpolate between the nearest four pixels; beyond the border the nearest one goes on."""
    factors = (height / pixels.shape[0], width / pixels.shape[1], 1.0)[: pixels.ndim]
    sampled = ndimage.zoom(pixels, factors, order=1, mode="nearest", grid_mode=True)
    return np.asarray(sampled, np.float64)


def _area(channel: Float64, rows: int) -> Float64:
    """Average the old rows that each new one covers, parts of rows by their part.

    Unless there are fewer new rows, they lie on straight lines between the old ones, first on
    first and last on last.
    """
    old = channel.shape[0]
    if rows >= old:
        return _between(channel, np.linspace(0, old - 1, rows))
    # What lies above an edge, up to each edge of a new row: their differences are the new rows.
    above = np.concatenate([np.zeros((1, channel.shape[1])), np.cumsum(channel, axis=0)])
    edges = np.linspace(0, old, rows + 1)
    return np.asarray(np.diff(_between(above, edges), axis=0) * (rows / old))


def _between(rows: Float64, positions: Float64) -> Float64:
    """Interpolate linearly between rows (N, W) at positions 0 to N - 1."""
    before = positions.astype(int)
    behind = np.minimum(before + 1, len(rows) - 1)
    part = (positions - before)[:, np.newaxis]
    return np.asarray(rows[before] * (1 - part) + rows[behind] * part)
