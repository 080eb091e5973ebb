"""A look at a layer's features: the sums that style terms are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...problem.stages import Size
from ...problem.term_constants import StyleConstants
from ..network.features import absolute_sum, gram_of, moments_of
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace


@dataclass(frozen=True, eq=False)
class Look:
    """A layer's features, all of them or some rows.

    Attributes
    ----------
    team : Team
    work : Workspace
    framed : ndarray of float32
        The features with their frame.
    size : (int, int)
        Their height and width.
    """

    team: Team
    work: Workspace
    framed: Float32
    size: Size

    def gram(self, constants: StyleConstants) -> NDArray[np.float64]:
        """Compute the Gram matrix, (K, K), of the features plus the recipe's shift, undivided."""
        if constants.shift:
            center = np.full(self.framed.shape[2], -constants.shift, np.float32)
            return self.moments(center)[1:, 1:]
        return gram_of(self.team, self.work, self.framed, self.size)

    def moments(self, center: Float32) -> NDArray[np.float64]:
        """Compute the moments, (1 + K, 1 + K), of the features less a center (K,)."""
        return moments_of(self.team, self.work, self.framed, self.size, center)

    def absolute_sum(self, matrix: Float32, row: Float32 | None = None) -> float:
        """Sum the absolute values of ``F @ matrix + row``."""
        return absolute_sum(self.team, self.framed, self.size, matrix, row)
