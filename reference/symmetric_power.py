"""Powers of symmetric matrices: roots of covariances, and their inverses."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def symmetric_power(matrix: Matrix, exponent: float, least: float) -> Matrix:
    """Raise a symmetric matrix to a power: its eigenvalues, between the same eigenvectors.

    Parameters
    ----------
    matrix : (N, N) ndarray of float64
    exponent : float
        1/2 for the root, -1/2 for the root's inverse.
    least : float
        What no eigenvalue is below, but for rounding, which makes the smallest ones negative.

    Returns
    -------
    (N, N) ndarray of float64
        Symmetric.

    Examples
    --------
    >>> symmetric_power(np.diag([4.0, 9.0]), 0.5, 0.0)
    array([[2., 0.],
           [0., 3.]])
    """
    values, vectors = np.linalg.eigh(matrix)
    return cast(Matrix, (vectors * np.maximum(values, least) ** exponent) @ vectors.T)
