"""The temporal term: a frame shall look like the painted frame before it, moved."""

from dataclasses import dataclass

import numpy as np

from ..problem.pixels import to_pixels
from ..problem.recipe import Affine
from ..reference.masked_squared_error import (
    masked_squared_error_backward,
    masked_squared_error_forward,
)
from .flow.warp import Float64

TERM_BYTES = 7 * 24
"""A pixel, at most: what a term keeps, and what it takes while it is computed."""


@dataclass(frozen=True, eq=False)
class TemporalTerm:
    """A weighted mean of squared differences to a warped painting, where it is trusted.

    It is measured in levels 0..255, whatever the recipe's variable is.

    Attributes
    ----------
    name : str
        As in `Evaluation.terms`.
    warped : (H, W, 3) ndarray of float64
        R, G, B, 0..255.
    mask : (H, W) ndarray of float64
        From 0, not trusted, to 1.
    weight : float
    variable : Affine
        What the optimizer moves; see `backpaint.problem.pixels.to_pixels`.
    """

    name: str
    warped: Float64
    mask: Float64
    weight: float
    variable: Affine

    def evaluate(self, x: Float64) -> tuple[float, Float64]:
        """Compute the weighted loss and its gradient; see `PictureTerm`."""
        pixels = to_pixels(x, self.variable)
        loss = self.weight * masked_squared_error_forward(pixels, self.warped, self.mask)
        gradient = masked_squared_error_backward(self.weight, pixels, self.warped, self.mask)
        # forward:  pixels = (x std + mean) / scale
        # so:       dx = dpixels std / scale
        return loss, gradient * (np.array(self.variable.std) / self.variable.scale)
