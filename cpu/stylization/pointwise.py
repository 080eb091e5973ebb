"""A convolution of 1x1: one matrix for every pixel of some rows."""

import numpy as np

from ..threads.workspace import Float32


class Pointwise:
    """A matrix for every pixel, and a bias.

    Parameters
    ----------
    filters : (1, 1, C, K) ndarray of float32
    bias : (K,) ndarray of float32
    columns : int
        Of the map.

    Attributes
    ----------
    columns, channels : int
        Of the result.
    """

    def __init__(self, filters: Float32, bias: Float32, columns: int) -> None:
        self._matrix, self.columns, self.channels = filters[0, 0], columns, bias.size
        # Once for each pixel of a row: NumPy adds a long row faster than many short ones.
        self._row_bias = np.tile(bias, columns)

    def compute(self, x: Float32) -> Float32:
        """Compute rows of the result, (rows, columns, K), in one product."""
        rows = x.shape[0]
        product = (x.reshape(-1, x.shape[2]) @ self._matrix).reshape(rows, -1)
        product += self._row_bias
        result: Float32 = product.reshape(rows, self.columns, self.channels)
        return result
