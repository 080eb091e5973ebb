"""The gradient that a style term gives the features of a region."""

from dataclasses import dataclass

import numpy as np

from ..threads.workspace import Float32


@dataclass
class RegionGradient:
    """The gradient of a style term in a region: ``w (F @ matrix + row)`` at each position.

    Attributes
    ----------
    weights : (H, W) ndarray of float32
    matrix : (K, K) ndarray of float32
    row : (K,) ndarray of float32 or None
    """

    weights: Float32
    matrix: Float32
    row: Float32 | None

    def add_to(self, gradient: Float32, features: Float32, rows: slice, columns: slice) -> None:
        """Add a part of it.

        Parameters
        ----------
        gradient : (rows, columns, K) ndarray of float32
            Is added to, where the region counts.
        features : (rows, columns, K) ndarray of float32
            That part of F.
        rows, columns : slice
            Where it lies in the layer.
        """
        weights = self.weights[rows, columns]
        counts = weights > 0
        if not counts.any():
            return
        mapped = features[counts] @ self.matrix  # (n, K)
        if self.row is not None:
            mapped += self.row
        mapped *= weights[counts][:, np.newaxis]
        gradient[counts] += mapped
