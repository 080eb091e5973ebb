"""Terms of a loss that look at the picture alone, at no layer of a network."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class PictureTerm(Protocol):
    """A term that any objective can be given: see `Objective.with_terms`.

    Attributes
    ----------
    name : str
        As in `Evaluation.terms`.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    def evaluate(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Compute the weighted loss and its gradient, both in float64.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float64
            The picture, R, G, B, in units of the recipe's variable; not to be written to.

        Returns
        -------
        loss : float
        gradient : (H, W, 3) ndarray of float64
            With respect to `x`.
        """
        ...
