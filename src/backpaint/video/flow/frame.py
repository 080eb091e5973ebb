"""A frame of a clip."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from ...problem.gray import LUMA
from .warp import Float64, warp


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


def difference(flow: Float64, here: Frame, there: Frame, spread: float) -> Float64:
    """Compare a frame with another that is warped to it.

    Parameters
    ----------
    flow : (H, W, 2) ndarray of float64
        From `here` to `there`.
    here, there : Frame
    spread : float
        Pixels, of the Gaussian over which it is averaged.

    Returns
    -------
    (H, W) ndarray of float64
        Levels.
    """
    levels = np.abs(here.pixels - warp(there.pixels, flow)).mean(axis=-1)
    smooth: Float64 = scipy.ndimage.gaussian_filter(levels, spread)
    return smooth
