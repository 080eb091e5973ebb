"""A frame of a clip."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...problem.gray import LUMA


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of the clip in the size that is painted.

    Attributes
    ----------
    number : int
        From 1, of those that are painted.
    pixels : (H, W, 3) ndarray of float64
        R, G, B, 0..255.
    """

    number: int
    pixels: NDArray[np.float64]

    @cached_property
    def gray(self) -> NDArray[np.uint8]:
        """Its light and dark, (H, W)."""
        levels = np.rint((self.pixels @ LUMA).clip(0, 255))
        return np.asarray(levels, np.uint8)
