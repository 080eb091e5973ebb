"""Winograd's F(4x4, 3x3): four times fewer multiplications for a 3x3 convolution.

A tile of 4 x 4 outputs needs 6 x 6 inputs and, computed directly, 16 * 9 = 144 multiplications
for each pair of channels.  Here it needs 36: transform the inputs, transform the filters (once),
multiply pointwise, transform back.  Pointwise over many channels is a matrix product, so the work
is

    transformed = B^T d B                 6 x 6 inputs to 6 x 6 points, with `INPUT` as B^T
    products    = transformed @ filters   a matrix product at each of the 36 points
    outputs     = A^T products A          6 x 6 points to 4 x 4 outputs, with `OUTPUT` as A^T

docs/cpu.md derives it.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ..threads.workspace import Float32

Matrix = list[list[Fraction]]

TILE = 4
"""Outputs along one side of a tile."""
WINDOW = TILE + 2
"""Inputs along one side of a tile."""
PLANES = WINDOW**2
"""Pointwise products in a tile."""

POINTS = (Fraction(0), Fraction(2, 3), Fraction(-2, 3), Fraction(3, 2), Fraction(-3, 2))
"""Where the polynomials are evaluated, besides infinity.

The textbook's 0, 1, -1, 2, -2 make transforms of small integers, which matters to those who write
them out as additions.  Here a transform is a matrix product, and the points are free: these halve
the rounding error (docs/cpu.md).
"""


def cook_toom(points: Sequence[Fraction]) -> tuple[Matrix, Matrix, Matrix]:
    """Build the matrices of the one-dimensional F(m, 3) from its points.

    Parameters
    ----------
    points : sequence of Fraction
        m + 1 different numbers; infinity is always the last point.

    Returns
    -------
    b_t : (m + 2, m + 2) list of lists of Fraction
        For the inputs.  Row p is the polynomial that is 1 at point p and 0 at the others.
    g : (m + 2, 3) list of lists of Fraction
        For the filter: its value at each point.
    a_t : (m, m + 2) list of lists of Fraction
        For the products.

    Notes
    -----
    The m outputs of a filter g over inputs d are ``a_t @ ((g_matrix @ g) * (b_t @ d))``, exactly.

    References
    ----------
    .. [1] A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks",
       arXiv:1509.09308, equations 6 to 8.
    """
    window, outputs = len(points) + 1, len(points) - 1
    b_t = []
    for point in points:
        others = [other for other in points if other != point]
        denominator = _evaluate(_with_roots(others), point)
        basis = [coefficient / denominator for coefficient in _with_roots(others)]
        b_t.append([*basis, Fraction(0)])
    b_t.append(_with_roots(points))
    g = [_powers(point, 3) for point in points] + [[Fraction(0), Fraction(0), Fraction(1)]]
    powers = [_powers(point, outputs) for point in points]
    powers.append([Fraction(int(i == outputs - 1)) for i in range(outputs)])
    a_t = [[powers[p][i] for p in range(window)] for i in range(outputs)]
    return b_t, g, a_t


def transform_filters(w: Float32) -> Float32:
    """Transform the filters of a layer, once for all pictures.

    Parameters
    ----------
    w : (3, 3, C, K) ndarray of float32
        Filters for cross-correlation.

    Returns
    -------
    (36, C, K) ndarray of float32
        One matrix a point; four times as many numbers as in `w`.
    """
    channels, outputs = w.shape[2:]
    transformed = np.empty((PLANES, channels, outputs), np.float32)
    for c in range(channels):  # in float64, and never a second copy of the whole
        transformed[:, c] = FILTER_TILE @ w[:, :, c].reshape(9, outputs).astype(np.float64)
    return transformed


def _with_roots(roots: Sequence[Fraction]) -> list[Fraction]:
    """Multiply out the polynomial with these roots: coefficients, lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        raised = [Fraction(0), *coefficients]  # x times the polynomial
        lowered = [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [r - s for r, s in zip(raised, lowered, strict=True)]
    return coefficients


def _evaluate(coefficients: Sequence[Fraction], point: Fraction) -> Fraction:
    return sum((c * point**i for i, c in enumerate(coefficients)), Fraction(0))


def _powers(point: Fraction, count: int) -> list[Fraction]:
    return [point**i for i in range(count)]


INPUT, FILTER, OUTPUT = (np.array(matrix, dtype=np.float64) for matrix in cook_toom(POINTS))
"""The matrices for one axis: (6, 6), (6, 3) and (4, 6)."""
FILTER_TILE = np.kron(FILTER, FILTER)
"""Both axes of a filter at once: (36, 9)."""
