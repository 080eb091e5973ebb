"""A picture whose colors are regions, and the same regions in the maps of styles."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ..errors import UsageError
from ..images import Photograph
from .picture import NamedMask

MOST = 16
"""Regions of a map."""
NEAR = 32.0
"""Levels between two colors that are taken for one: what JPEG makes of one color."""
PLAIN = 0.75
"""Of a map's pixels, at least, have the color of a region."""

Color = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class ColorMap:
    """Regions by color.

    Attributes
    ----------
    name : str
    colors : tuple of (int, int, int)
        R, G, B of the regions, the largest first.
    labels : (h, w) ndarray of int
        The region of each pixel: its number in `colors`.
    """

    name: str
    colors: tuple[Color, ...]
    labels: NDArray[np.intp]

    @classmethod
    def of(cls, picture: Photograph) -> "ColorMap":
        """Find the regions of a map.

        Raises
        ------
        UsageError
            If it has no plain regions, or more than `MOST`: a photograph.

        Notes
        -----
        A color is a region's if it fills some square of 3 x 3 pixels: the mixed colors of smooth
        borders never do.  Pixels of other colors belong to the nearest region, in place.
        """
        colors = _plain_colors(picture.pixels)
        nearest, distances = _nearest(picture.pixels, colors)
        covered = float(np.mean(distances <= NEAR))
        if not 1 <= len(colors) <= MOST or covered < PLAIN:
            raise UsageError(
                f"{picture.name} is a photograph, not a map: {100 * covered:.0f} % of it lie in "
                f"{len(colors)} plain colors; expected up to {MOST} plain colors, one for each "
                "region, saved as PNG"
            )
        return cls(picture.name, colors, _labels(nearest, distances))

    def of_style(self, picture: Photograph) -> "ColorMap":
        """Find this map's regions in the map of a style.

        Raises
        ------
        UsageError
            If none of its pixels has one of the colors.
        """
        nearest, distances = _nearest(picture.pixels, self.colors)
        if not (distances <= NEAR).any():
            raise UsageError(
                f"{picture.name} has none of the colors of {self.name}, "
                f"{', '.join(map(written, self.colors))}; paint its regions in them"
            )
        return ColorMap(picture.name, self.colors, _labels(nearest, distances))

    def region(self, number: int) -> NamedMask:
        """Return the mask of one region."""
        values = (self.labels == number).astype(np.float64)
        return NamedMask(values, f"{self.name} {written(self.colors[number])}")

    def has(self, number: int) -> bool:
        """Whether it has a region, and not only the thin line of a color mixed at a border."""
        return bool(scipy.ndimage.binary_erosion(self.labels == number, np.ones((3, 3))).any())


def written(color: Color) -> str:
    """Write a color as in HTML.

    Examples
    --------
    >>> written((255, 0, 128))
    '#ff0080'
    """
    return "#" + "".join(f"{level:02x}" for level in color)


def _plain_colors(pixels: NDArray[np.float64]) -> tuple[Color, ...]:
    """List the colors that fill squares of 3 x 3, each once; one more than `MOST` at most."""
    levels = np.rint(pixels).astype(np.int64)
    codes = (levels[..., 0] * 256 + levels[..., 1]) * 256 + levels[..., 2]
    fills = scipy.ndimage.minimum_filter(codes, 3) == scipy.ndimage.maximum_filter(codes, 3)
    found, counts = np.unique(codes[fills], return_counts=True)
    codes = found[np.argsort(-counts, kind="stable")]
    left = np.stack([codes // 65536, codes // 256 % 256, codes % 256], axis=-1)
    colors: list[Color] = []
    while len(left) and len(colors) <= MOST:
        red, green, blue = left[0].tolist()
        colors.append((red, green, blue))
        left = left[np.linalg.norm(left - left[0], axis=-1) > NEAR]
    return tuple(colors)


def _nearest(
    pixels: NDArray[np.float64], colors: tuple[Color, ...]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the number of each pixel's nearest color, and how far that is."""
    labels = np.zeros(pixels.shape[:2], np.intp)
    distances = np.full(pixels.shape[:2], np.inf)
    for number, color in enumerate(colors):  # one by one: maps may be large, and colors many
        here = np.linalg.norm(pixels - color, axis=-1)
        labels[here < distances] = number
        np.minimum(distances, here, out=distances)
    return labels, distances


def _labels(labels: NDArray[np.intp], distances: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the number of each pixel's color, or of the nearest pixel that has one."""
    is_mixed = distances > NEAR
    if not is_mixed.any():
        return labels
    rows, columns = scipy.ndimage.distance_transform_edt(
        is_mixed, return_distances=False, return_indices=True
    )
    return np.asarray(labels[rows, columns])
