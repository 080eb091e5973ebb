"""A picture whose colors are regions, and the same regions in the maps of styles."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import UsageError
from ..images import Photograph
from .colors import (
    MIXED,
    Color,
    Labels,
    in_squares,
    nearest_colors,
    plain_colors,
    without_mixed,
)
from .picture import NamedMask

MOST = 16
"""Regions of a map."""
PLAIN = 0.75
"""Of a map's pixels, at least, have the color of a region."""


@dataclass(frozen=True, eq=False)
class ColorMap:
    """Regions by color.

    Attributes
    ----------
    name : str
    colors : tuple of (int, int, int)
        R, G, B of the regions, the largest first.
    labels : (h, w) ndarray of uint8
        The region of each pixel: its number in `colors`.
    """

    name: str
    colors: tuple[Color, ...]
    labels: Labels

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
        colors = plain_colors(picture.pixels, MOST)
        labels = nearest_colors(picture.pixels, colors)
        covered = float(np.mean(labels != MIXED))
        if not 1 <= len(colors) <= MOST or covered < PLAIN:
            raise UsageError(
                f"{picture.name} is a photograph, not a map: {100 * covered:.0f} % of it lie in "
                f"{len(colors)} plain colors; expected up to {MOST} plain colors, one for each "
                "region, saved as PNG"
            )
        return cls(picture.name, colors, without_mixed(labels))

    def of_style(self, picture: Photograph) -> "ColorMap":
        """Find this map's regions in the map of a style.

        Raises
        ------
        UsageError
            If none of its pixels has one of the colors.
        """
        labels = nearest_colors(picture.pixels, self.colors)
        if (labels == MIXED).all():
            raise UsageError(
                f"{picture.name} has none of the colors of {self.name}, "
                f"{', '.join(map(written, self.colors))}; paint its regions in them"
            )
        return ColorMap(picture.name, self.colors, without_mixed(labels))

    def region(self, number: int) -> NamedMask:
        """Return the mask of one region."""
        return NamedMask(self.labels, f"{self.name} {written(self.colors[number])}", number)

    def has(self, number: int) -> bool:
        """Whether it has a region, and not only the thin line of a color mixed at a border."""
        return number in self._in_squares

    @cached_property
    def _in_squares(self) -> frozenset[int]:
        """The regions that fill some square of 3 x 3 pixels."""
        return frozenset(np.unique(self.labels[1:-1, 1:-1][in_squares(self.labels)]).tolist())


def written(color: Color) -> str:
    """Write a color as in HTML.

    Examples
    --------
    >>> written((255, 0, 128))
    '#ff0080'
    """
    return "#" + "".join(f"{level:02x}" for level in color)
