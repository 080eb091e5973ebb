"""Vectors on the host, in NumPy."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...scratch import zeros

Array = NDArray[np.floating]

BLOCK = 1 << 15
"""How many numbers of a row are worked on at a time: they stay in the cache, and no whole row is
copied to float64."""


class HostVectors:
    """The `Vectors` of a point in float64.

    Parameters
    ----------
    size : int
        N.
    history : dtype
        Of bases: float64, or float32, which takes half the memory.
    scratch : str, optional
        A folder: vectors and bases lie in files there.
    """

    def __init__(
        self, size: int, history: DTypeLike = np.float64, scratch: str | None = None
    ) -> None:
        self.size, self.history, self.scratch = size, np.dtype(history), scratch

    def vector(self) -> Array:
        """Make a vector of zeros."""
        return zeros(self.scratch, (self.size,), np.float64)

    def basis(self, rows: int) -> Array:
        """Make a basis of zeros."""
        return zeros(self.scratch, (rows, self.size), self.history)

    def slope(self, gradient: Array, direction: Array) -> tuple[float, float]:
        """Compute gradient . direction, and the gradient's greatest absolute value."""
        product, greatest = 0.0, 0.0
        for part in self._blocks():
            g = gradient[part].astype(np.float64, copy=False)
            product += float(g @ direction[part].astype(np.float64, copy=False))
            greatest = max(greatest, float(np.abs(g).max()))
        return product, greatest

    def products(self, basis: Array, rows: Sequence[int]) -> NDArray[np.float64]:
        """Compute the inner products of three rows of a basis with all of its rows: (3, R)."""
        total = np.zeros((len(rows), len(basis)))
        for part in self._blocks():
            block = basis[:, part].astype(np.float64)
            total += block[list(rows)] @ block.T
        return total

    def combine(self, basis: Array, weights: NDArray[np.float64], out: Array) -> None:
        """Write the weighted sum of a basis's rows."""
        for part in self._blocks():
            np.matmul(weights, basis[:, part].astype(np.float64, copy=False), out=out[part])

    def move(self, start: Array, direction: Array, step: float, out: Array) -> None:
        """Write ``start + step * direction``; `out` may be `start`."""
        for part in self._blocks():
            out[part] = start[part] + step * direction[part]

    def pair(
        self, direction: Array, step: float, gradient: Array, before: Array, s: Array, y: Array
    ) -> None:
        """Write ``s = step * direction`` and ``y = gradient - before``; then update `before`."""
        for part in self._blocks():
            s[part] = step * direction[part]
            y[part] = gradient[part] - before[part]
            before[part] = gradient[part]

    def to_host(self, array: Array) -> Array:
        """Return the array itself."""
        return array

    def write(self, array: Array, values: Array) -> None:
        """Copy numbers over a vector or a basis."""
        array[...] = values

    def _blocks(self) -> Iterator[slice]:
        return blocks(self.size)


def blocks(size: int) -> Iterator[slice]:
    """Cut a row of numbers into parts of `BLOCK`."""
    return (slice(first, first + BLOCK) for first in range(0, size, BLOCK))
