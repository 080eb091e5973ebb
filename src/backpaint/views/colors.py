"""Color scales for numbers: one for what is never negative, one for what has a sign."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]

LEVELS = 256
# Björn Ottosson, "A perceptual color space for image processing", 2020: OKLab.
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                   [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                   [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def color_scale(*anchors: str) -> Bytes:
    """Interpolate between colors as the eye sees them, at equal distances.

    Parameters
    ----------
    *anchors : str
        ``"#rrggbb"``, at least two.

    Returns
    -------
    (256, 3) ndarray of uint8
        R, G, B.
    """
    srgb = np.array([[int(text[i : i + 2], 16) for i in (1, 3, 5)] for text in anchors]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ TO_LMS.T) @ TO_LAB.T
    at, known = np.linspace(0, 1, LEVELS), np.linspace(0, 1, len(anchors))
    between = np.stack([np.interp(at, known, lab[:, c]) for c in range(3)], axis=1)
    linear = ((between @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_LMS).T).clip(0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * srgb).astype(np.uint8)


HEAT = color_scale("#08070f", "#35155d", "#88226a", "#d1495b", "#f59d4b", "#fff3c9")
"""From 0 to the largest: every step is lighter than the one before."""

SIGNED = color_scale("#c9f0ff", "#4aa3e0", "#1d4f91", "#0d0e14", "#973a1c", "#e8843c", "#ffe9c4")
"""From the most negative (blue) over 0 (dark) to the most positive (orange)."""


def colored(values: Floats, limit: float, scale: Bytes) -> Bytes:
    """Color numbers.

    Parameters
    ----------
    values : (H, W) ndarray of float
    limit : float
        What gets the last color; with `SIGNED`, its negative gets the first.  0 or less: all
        values are taken for 0.
    scale : (256, 3) ndarray of uint8
        `HEAT` or `SIGNED`.

    Returns
    -------
    (H, W, 3) ndarray of uint8
    """
    part = values / limit if limit > 0 else np.zeros_like(values)
    if scale is SIGNED:
        part = (part + 1) / 2
    return np.asarray(scale[np.rint(part.clip(0, 1) * (LEVELS - 1)).astype(int)])


def saturation(values: Floats) -> float:
    """Find where to let the brightest half percent saturate, so that the rest can be told apart.

    Parameters
    ----------
    values : ndarray of float

    Returns
    -------
    float
        The 99.5th percentile of the magnitudes; the largest where that is 0.
    """
    magnitudes = np.abs(values)
    return float(np.percentile(magnitudes, 99.5)) or float(magnitudes.max())
