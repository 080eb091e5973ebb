"""The gradient of all terms that look at one layer, computed piece by piece."""

from dataclasses import dataclass

import numpy as np

from ..threads.workspace import Float32


@dataclass
class FeatureGradient:
    """The gradient at a layer's features F: ``F @ matrix + row + scale * (F - target)``.

    Attributes
    ----------
    matrix : (K, K) ndarray of float32, or None
        From the style term: the sum over styles of 2 (G - A) and its factors, twice.
    row : (K,) ndarray of float32, or None
        From the style term, where it is not of Gram matrices.
    target : (H, W, K) ndarray of float32, or None
        The content's features.
    scale : float
        Of the content term.
    """

    matrix: Float32 | None = None
    row: Float32 | None = None
    target: Float32 | None = None
    scale: float = 0.0

    def of(self, features: Float32, rows: slice, columns: slice) -> Float32:
        """Compute a part of the gradient.

        Parameters
        ----------
        features : (rows, columns, K) ndarray of float32
            That part of F.
        rows, columns : slice
            Where it lies in the layer.

        Returns
        -------
        (rows, columns, K) ndarray of float32
        """
        if self.target is None:
            if self.matrix is None:
                return np.zeros_like(features)
            gradient = features @ self.matrix
        else:
            gradient = features - self.target[rows, columns]
            gradient *= np.float32(self.scale)
            if self.matrix is not None:
                gradient += features @ self.matrix
        if self.row is not None:
            gradient += self.row
        return gradient
