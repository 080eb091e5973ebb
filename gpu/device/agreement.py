"""Whether two ways to do one thing on the device write the same, up to rounding."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .device import Array, to_host

Written = list[NDArray[Any]]

TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3, "uint8": 1e-4}
"""By what is written, as a share of the greatest value, or of bytes: where a multiplication is
fused with an addition, a sum may be rounded otherwise, and a ReLU's bit beside 0 may differ."""


def written_by(launch: Callable[[], None], arrays: Sequence[Array]) -> Written:
    """Launch into memory full of NaN, and copy what was written to the host.

    Parameters
    ----------
    launch : callable
        Adds to nothing.
    arrays : sequence of device array
        What it writes.
    """
    for array in arrays:
        array.view(np.uint8).fill(0xFF)
    launch()
    return [to_host(array).copy() for array in arrays]


def agree(found: Written, expected: Written) -> bool:
    """Whether all arrays are the same, up to what is allowed."""
    return all(
        error_of(*pair) <= TOLERANCE[pair[1].dtype.name]
        for pair in zip(found, expected, strict=True)
    )


def error_of(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Return how far numbers are off, or how many bytes of bits or winners differ.

    Parameters
    ----------
    found, expected : ndarray
        Of one shape and type; one NaN is any NaN.

    Returns
    -------
    float
        The greatest difference, as a share of the greatest finite number that is expected: infinite
        where only one of two numbers is finite, or nothing but zeros were expected.  Of bytes, the
        share that differs.
    """
    same = found == expected
    if found.dtype == np.uint8 or same.all():
        return float(1 - same.mean())
    off = ~(same | ((found != found) & (expected != expected)))
    if not off.any():
        return 0.0
    wrong, right = found[off].astype(np.float64), expected[off].astype(np.float64)
    greatest = float(np.abs(expected[np.isfinite(expected)]).max(initial=0))
    if greatest == 0 or not np.isfinite(wrong).all() or not np.isfinite(right).all():
        return float("inf")
    return float(np.abs(wrong - right).max()) / greatest
