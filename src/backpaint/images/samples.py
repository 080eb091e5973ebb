"""Pixels on white and an opacity, from samples of 8 bits a color or 16 bits of gray."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


class Decoded(NamedTuple):
    """Pixels (H, W, 3) 0..255, opacity (H, W) 0..1 or None, and what was converted."""

    pixels: Float64
    alpha: Float64 | None
    notes: tuple[str, ...]


def to_pixels(values: Mapping[str, Any], samples: Sequence[NDArray[Any]]) -> Decoded:
    """Scale samples to 0..255, and lay them on white where they are transparent.

    Parameters
    ----------
    values, samples
        What `decode_picture.decode` returns.

    Returns
    -------
    Decoded
        Opacity is None where the picture is opaque everywhere.
    """
    notes = tuple(map(str, values["notes"]))
    colors, *opacity = samples
    if colors.ndim == 2:
        rgb, alpha = _from_gray16(values, colors)
    else:
        rgb = colors.astype(np.float64)
        alpha = opacity[0] / 255 if opacity else None  # (H, W)
    if alpha is None or alpha.min() == 1:
        return Decoded(rgb, None, notes)
    rgb -= 255  # 255 + (rgb - 255) * alpha, in place: at 100 megapixels, 2.4 GB a copy
    rgb *= alpha[:, :, np.newaxis]
    rgb += 255
    return Decoded(rgb, alpha, (*notes, "transparency laid on white"))


def unmix(pixels: Float64, alpha: Float64) -> Float64:
    """Take the white out of pixels that were laid on it: what `to_pixels` would lay there again.

    Parameters
    ----------
    pixels : (H, W, 3) ndarray of float64
        As they are seen on white, 0..255.
    alpha : (H, W) ndarray of float64
        Opacity 0..1.

    Returns
    -------
    (H, W, 3) ndarray of float64
        ``(p - 255 (1 - a)) / a``, clipped to 0..255: darker than its opacity allows, a pixel turns
        black.  Where nothing is seen, a = 0, the pixels themselves.

    Examples
    --------
    >>> unmix(np.full((1, 1, 3), 191.25), np.array([[0.5]])).tolist()
    [[[127.5, 127.5, 127.5]]]
    """
    part = alpha[:, :, np.newaxis]
    colors = (pixels - 255 * (1 - part)) / np.where(part == 0, 1, part)
    return np.where(part == 0, pixels, colors).clip(0, 255)


def _from_gray16(
    values: Mapping[str, Any], samples: NDArray[Any]
) -> tuple[Float64, Float64 | None]:
    gray = samples.astype(np.float64) * values["scale"]  # (H, W)
    if values["is_inverted"]:
        gray = 255 - gray
    transparent = values["transparent"]
    alpha = None if transparent is None else (samples != transparent).astype(np.float64)
    return np.repeat(gray[:, :, np.newaxis], 3, axis=2), alpha
