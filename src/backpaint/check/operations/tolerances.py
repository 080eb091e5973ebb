"""Tolerances of all comparisons.

An error is the largest difference over the largest expected value, not element by element: a
correct float32 gradient has elements that are nearly zero by cancellation, and no correct digit in
them.
"""

import numpy as np
from numpy.typing import ArrayLike

OPERATION = {"float64": 1e-12, "float32": 2e-6}
"""One operation against the same in float64 by another algorithm or by autograd."""

WHOLE_GRADIENT = {"float64": 1e-10, "float32": 1e-5}
"""The reference's gradient of a whole objective against its own in float64."""

ENGINE_GRADIENT = {"float64": 1e-10, "float32": 1e-4}
"""A fast engine's: in float32, Winograd's rounding may flip a few ReLUs and maxima."""

DIRECTIONAL_DERIVATIVE = 1e-7
"""Central difference along one direction in float64 against <gradient, direction>."""

STEP = 1e-4
"""Of central differences, for values of the size 1."""


def relative_error(actual: ArrayLike, expected: ArrayLike) -> float:
    """Measure the largest difference in units of the largest expected value.

    Parameters
    ----------
    actual, expected : array_like of float
        Of equal shape, or the error is infinite.

    Returns
    -------
    float
        0 for equal arrays; infinite where something is not finite, or something was expected to
        be zero everywhere and is not.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 4.0])
    0.5
    """
    a, b = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if a.shape != b.shape:
        return np.inf
    if np.array_equal(a, b):
        return 0.0
    scale = np.abs(b).max()
    if scale == 0 or not np.isfinite(a).all():
        return np.inf
    return float(np.abs(a - b).max() / scale)
