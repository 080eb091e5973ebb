"""The products that add up to one number of a convolution's gradient, in a real network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Products:
    """The factors of one entry of a convolution's gradient with respect to its input.

    Attributes
    ----------
    around : (3, 3, K) ndarray of float
        The gradient with respect to the output, around the entry; 0 outside of it.
    turned : (3, 3, K) ndarray of float
        What each is multiplied by: the numbers of every filter for the entry's channel, turned by
        180 degrees.
    """

    around: Floats
    turned: Floats

    @property
    def values(self) -> Floats:
        """The products, (3, 3, K); their sum is the gradient."""
        return self.around * self.turned

    @property
    def sums(self) -> NDArray[np.float64]:
        """The sum of each filter's nine products, (K,)."""
        return np.asarray(self.values.sum(axis=(0, 1), dtype=np.float64))

    @property
    def total(self) -> float:
        """The sum of all."""
        return float(self.sums.sum())


def input_products(grad_y: Floats, w: Floats, entry: tuple[int, int, int]) -> Products:
    """Take apart what `backpaint.reference.conv.conv_backward_input` adds up for one entry.

    Parameters
    ----------
    grad_y : (H, W, K) ndarray of float
        The gradient with respect to the convolution's output.
    w : (3, 3, C, K) ndarray of float
        Its filters.
    entry : (int, int, int)
        Row, column and channel of its input.

    Notes
    -----
    ``dx[p, q, c] = sum_abk dy[p + a - 1, q + b - 1, k] w[2 - a, 2 - b, c, k]``; see there.

    Examples
    --------
    >>> grad_y, w = np.ones((2, 2, 1)), np.arange(9.0).reshape(3, 3, 1, 1)
    >>> products = input_products(grad_y, w, (0, 0, 0))
    >>> products.around[:, :, 0].tolist(), products.total
    ([[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]], 8.0)
    """
    row, column, channel = entry
    padded = np.pad(grad_y, ((1, 1), (1, 1), (0, 0)))
    return Products(padded[row : row + 3, column : column + 3], w[::-1, ::-1, channel])
