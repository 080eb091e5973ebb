"""Colors of a map's pixels, looked at a part at a time: it may have 100 megapixels."""

from collections.abc import Iterator

import numpy as np
import scipy
from numpy.typing import NDArray

Color = tuple[int, int, int]
Labels = NDArray[np.uint8]

NEAR = 32.0
"""Levels between two colors that are taken for one: what JPEG makes of one color."""
MIXED = 255
"""The label of a pixel that is near to no color."""
PART = 1 << 18
"""Pixels that are looked at together, about."""


def plain_colors(pixels: NDArray[np.float64], most: int) -> tuple[Color, ...]:
    """List the colors that fill squares of 3 x 3 pixels, the largest first.

    Parameters
    ----------
    pixels : (H, W, 3) ndarray of float64
        0..255; beyond the border the outermost ones go on.
    most : int
        It stops behind one color more.

    Returns
    -------
    tuple of (int, int, int)
        None is nearer than `NEAR` to one before it.
    """
    codes = _codes_of_squares(pixels)
    left = np.stack([codes // 65536, codes // 256 % 256, codes % 256], axis=-1)
    colors: list[Color] = []
    while len(left) and len(colors) <= most:
        red, green, blue = left[0].tolist()
        colors.append((red, green, blue))
        left = left[np.linalg.norm(left - left[0], axis=-1) > NEAR]
    return tuple(colors)


def nearest_colors(pixels: NDArray[np.float64], colors: tuple[Color, ...]) -> Labels:
    """Return the number of each pixel's nearest color, `MIXED` where none is near."""
    labels = np.empty(pixels.shape[:2], np.uint8)
    flat, flat_labels = pixels.reshape(-1, 3), labels.reshape(-1)
    for part in _parts(len(flat), PART):
        red, green, blue = np.ascontiguousarray(flat[part].T)
        least, here = np.full(red.shape, np.inf), flat_labels[part]
        for number, color in enumerate(colors):
            away = (red - color[0]) ** 2 + (green - color[1]) ** 2 + (blue - color[2]) ** 2
            here[away < least] = number
            np.minimum(least, away, out=least)
        here[least > NEAR**2] = MIXED
    return labels


def without_mixed(labels: Labels) -> Labels:
    """Label mixed pixels, in place, as the nearest pixel that has a label."""
    is_mixed = labels == MIXED
    if is_mixed.any():
        nearest = scipy.ndimage.distance_transform_edt(
            is_mixed, return_distances=False, return_indices=True
        )
        rows, columns = nearest.reshape(2, -1)
        for part in _parts(labels.size, PART):
            labels.reshape(-1)[part] = labels[rows[part], columns[part]]
    return labels


def in_squares(values: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether each inner pixel is the middle of 3 x 3 equal ones.

    Parameters
    ----------
    values : (H, W) ndarray of int

    Returns
    -------
    (H - 2, W - 2) ndarray of bool

    Examples
    --------
    >>> in_squares(np.array([[1, 1, 1, 2]] * 3)).tolist()
    [[True, False]]
    """
    beside = values[:, 1:] == values[:, :-1]
    across = beside[:, 1:] & beside[:, :-1]
    below = values[1:, 1:-1] == values[:-1, 1:-1]
    same: NDArray[np.bool_] = across[:-2] & across[1:-1] & across[2:] & below[1:] & below[:-1]
    return same


def _codes_of_squares(pixels: NDArray[np.float64]) -> NDArray[np.int64]:
    """List the colors in the middle of squares, as 65536 R + 256 G + B, the most frequent first."""
    if pixels.shape[1] > pixels.shape[0]:  # a row may be as long as the picture is large
        pixels = pixels.swapaxes(0, 1)
    found, counts = [], []
    for rows in _parts(len(pixels), max(1, PART // pixels.shape[1])):
        around = np.arange(rows.start - 1, rows.stop + 1).clip(0, len(pixels) - 1)
        levels = np.rint(pixels[around]).astype(np.int64)
        codes = (levels[..., 0] * 256 + levels[..., 1]) * 256 + levels[..., 2]
        codes = np.pad(codes, ((0, 0), (1, 1)), mode="edge")
        codes, times = np.unique(codes[1:-1, 1:-1][in_squares(codes)], return_counts=True)
        found.append(codes)
        counts.append(times)
    codes, places = np.unique(np.concatenate(found), return_inverse=True)
    totals = np.bincount(places, np.concatenate(counts), minlength=len(codes))
    most_first: NDArray[np.int64] = codes[np.argsort(-totals, kind="stable")]
    return most_first


def _parts(count: int, size: int) -> Iterator[slice]:
    """Cut so many into parts of a size; the last one may be smaller."""
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))
