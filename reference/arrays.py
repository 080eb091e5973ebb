"""Checks of the arrays that operations are given."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
"""float64 or float32; every operation returns the dtype that it was given."""


def check_shape(name: str, array: Floats, expected: tuple[int | None, ...]) -> None:
    """Raise ValueError unless `array` has the expected shape; None stands for any length."""
    fits = array.ndim == len(expected) and all(
        want in (None, found) for want, found in zip(expected, array.shape, strict=True)
    )
    if not fits:
        shape = ", ".join("any" if length is None else str(length) for length in expected)
        raise ValueError(f"{name} has the shape {array.shape}; expected ({shape})")


def as_column(weights: Floats, x: Floats) -> Floats:
    """Write the weights of all positions of features as a column, (H, W) to (H*W, 1)."""
    check_shape("weights", weights, x.shape[:2])
    return weights.reshape(-1, 1).astype(x.dtype)
