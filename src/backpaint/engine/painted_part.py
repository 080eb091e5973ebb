"""A painting laid over a part of the content: what is painted where a mask keeps the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..problem.pixels import to_variable
from ..problem.problem import Problem
from ..regions import Mask

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PaintedPart:
    """The map from a variable to the picture that it stands for.

    Attributes
    ----------
    mask : (H, W) ndarray of float64
        How much of the painting is laid over the content, 0 to 1.
    content : (H, W, 3) ndarray of float64
        In units of the variable.

    Notes
    -----
    With m the mask, the picture is ``P x = m x + (1 - m) content``.  An objective f of pictures
    is ``f(P x)`` of variables, and its gradient, since P is diagonal but for what is added::

        grad (f o P) = m grad f

    So it vanishes where the content is kept, and where mask and painting mix it is exact, too.
    """

    mask: Mask
    content: Floats

    def laid_over(self, x: Floats) -> Floats:
        """Return the picture of a variable, (H, W, 3) in and out."""
        # not content + m (x - content): where m is 0 or 1, one of the two is to be met exactly
        mask = self.mask[..., np.newaxis]
        return mask * x + (1 - mask) * self.content

    def along(self, vector: Floats) -> Floats:
        """Return what a gradient with respect to the picture is with respect to the variable."""
        return self.mask[..., np.newaxis] * vector


def painted_part(problem: Problem) -> PaintedPart | None:
    """Return what of a problem's content is painted over; None if it is all of it."""
    regions, content = problem.regions, problem.content
    if regions is None or regions.only is None or content is None:
        return None
    return PaintedPart(regions.only, to_variable(content, problem.recipe.variable))
