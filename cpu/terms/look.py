"""A look at a layer's features, whole or at a region: the sums that style terms are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...problem.stages import Size
from ...problem.term_constants import StyleConstants
from ...regions import Mask
from ..network.features import absolute_sum, gram_of, moments_of
from ..network.weighted import weighted_gram_of, weighted_moments_of
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace


def as_weights(mask: Mask | None) -> Float32 | None:
    """Return a mask as the engine computes with it."""
    return None if mask is None else mask.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Look:
    """A layer's features, and how much each position counts.

    Attributes
    ----------
    team : Team
    work : Workspace
    framed : ndarray of float32
        The features with their frame.
    size : (int, int)
        Their height and width.
    weights : (H, W) ndarray of float32, or None
        None: 1 everywhere.
    """

    team: Team
    work: Workspace
    framed: Float32
    size: Size
    weights: Float32 | None

    def gram(self, constants: StyleConstants) -> NDArray[np.float64]:
        """Compute the Gram matrix, (K, K), of the features plus the recipe's shift, undivided."""
        if constants.shift:
            center = np.full(self.framed.shape[2], -constants.shift, np.float32)
            return self.moments(center)[1:, 1:]
        if self.weights is None:
            return gram_of(self.team, self.work, self.framed, self.size)
        return weighted_gram_of(self.team, self.work, self.framed, self.size, self.weights)

    def moments(self, center: Float32) -> NDArray[np.float64]:
        """Compute the moments, (1 + K, 1 + K), of the features less a center (K,)."""
        if self.weights is None:
            return moments_of(self.team, self.work, self.framed, self.size, center)
        return weighted_moments_of(
            self.team, self.work, self.framed, self.size, center, self.weights
        )

    def absolute_sum(self, matrix: Float32, row: Float32 | None = None) -> float:
        """Sum the absolute values of ``w (F @ matrix + row)``."""
        return absolute_sum(self.team, self.framed, self.size, matrix, row, self.weights)
