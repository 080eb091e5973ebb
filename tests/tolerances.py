"""How close is close enough, and how a comparison tells what it found.

Errors are measured against the largest expected value, not element by element: a correct float32
gradient has elements that are nearly zero by cancellation, and no correct digit in them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backpaint.check.operations.tolerances import DIRECTIONAL_DERIVATIVE as DIRECTIONAL_DERIVATIVE
from backpaint.check.operations.tolerances import OPERATION as OPERATION
from backpaint.check.operations.tolerances import STEP as STEP
from backpaint.check.operations.tolerances import WHOLE_GRADIENT as WHOLE_GRADIENT
from backpaint.engine.objective import Evaluation


@dataclass(frozen=True)
class Closeness:
    """How close an engine comes to the reference in float64, each term and the gradient."""

    loss: float
    gradient: float
    by_length: bool = False
    """Whether the length of the gradient's error counts: where rounding flips ReLUs and maxima, a
    few elements are quite different ones."""


EXACTLY = Closeness(0.0, 0.0)
DOUBLE = Closeness(1e-12, WHOLE_GRADIENT["float64"])
SINGLE = Closeness(2e-5, WHOLE_GRADIENT["float32"])
WINOGRAD = Closeness(2e-5, 5e-5)
"""See docs/cpu.md for what was measured."""
TENSOR_CORES = Closeness(0.01, 0.01, by_length=True)
"""TF32 and float16 in the first two blocks."""
DEEP_TENSOR_CORES = Closeness(0.02, 0.14, by_length=True)
"""In all five; the angle between the gradients then has a cosine above 0.99."""


def used_tolerance(actual: Any, expected: Any, tolerance: float) -> float:
    """Tell which part of the tolerance the largest error takes: 1.0 is all of it."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if expected.size == 0 or np.array_equal(actual, expected):
        return 0.0
    scale = np.abs(expected).max()
    error = np.abs(actual - expected).max()
    return float(error / (tolerance * scale)) if scale > 0 else np.inf


def assert_close(name: str, actual: Any, expected: Any, tolerance: float) -> float:
    """Require equal shapes and ``max|a - b| <= tolerance * max|b|``.

    Parameters
    ----------
    name : str
        What is compared, for the message.
    actual, expected : array or number
        `expected` sets the scale.
    tolerance : float
        One of this file's.

    Returns
    -------
    float
        The used part of the tolerance, for the table of the proof.
    """
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{name}: shape {actual.shape}, not {expected.shape}"
    assert np.isfinite(actual).all(), f"{name}: not finite"
    used = used_tolerance(actual, expected, tolerance)
    assert used <= 1, describe(name, actual, expected, used)
    return used


def describe(name: str, actual: NDArray[Any], expected: NDArray[Any], used: float) -> str:
    """Say where two arrays differ most, and by how much of the tolerance."""
    worst = np.unravel_index(np.abs(actual - expected).argmax(), actual.shape)
    index = tuple(int(i) for i in worst)
    return (
        f"{name}{list(index)} is {actual[index]!r}, expected {expected[index]!r}: "
        f"{100 * used:.3g} % of the tolerance"
    )


def assert_agree(actual: Evaluation, expected: Evaluation, closeness: Closeness) -> float:
    """Require the same terms in the same order, their sum, and a gradient in float64.

    Returns
    -------
    float
        The part of the gradient's tolerance that was used.
    """
    assert list(actual.terms) == list(expected.terms)
    for name, loss in expected.terms.items():
        assert_close(name, actual.terms[name], loss, closeness.loss)
    assert actual.loss == sum(actual.terms.values())
    assert actual.gradient.dtype == np.float64
    if not closeness.by_length:
        return assert_close("gradient", actual.gradient, expected.gradient, closeness.gradient)
    error = np.linalg.norm(actual.gradient - expected.gradient)
    used = float(error / (closeness.gradient * np.linalg.norm(expected.gradient)))
    assert used <= 1, f"gradient: the error's length is {100 * used:.3g} % of the tolerance"
    return used
