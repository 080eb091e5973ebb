"""Arithmetic on vectors as long as a picture, which stay on the device; numbers come back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from . import device
from .kernel import kernel

FILE = "lbfgs.cu"
THREADS = 256
CHUNK = 8 * THREADS
"""How many numbers a block adds up."""
REAL = {"float32": "float", "float64": "double"}


class DeviceVectors:
    """The kernels of `kernels/lbfgs.cu` for vectors of one length, with their small buffers.

    They are the `Vectors` of `backpaint.optimizers.quasi_newton`; bases have the vectors' dtype.

    Parameters
    ----------
    size : int
        N.
    dtype : dtype
        float32 or float64; sums are float64.
    rows : int
        The greatest number of rows of a basis.
    """

    def __init__(self, size: int, dtype: DTypeLike, rows: int) -> None:
        self.size, self.dtype = size, np.dtype(dtype)
        names = ("slope", "finish_slope", "products", "finish_products", "combine", "move", "pair")
        self._kernels = {name: kernel(FILE, name, REAL=REAL[self.dtype.name]) for name in names}
        self._sums = -(-size // CHUNK)  # blocks that add
        xp = device.xp()
        self._partial = xp.empty(self._sums * 3 * rows, np.float64)
        self._weights = xp.empty(rows, np.float64)
        self._result = xp.empty(3 * rows, np.float64)

    def vector(self) -> Any:
        """Make a vector of zeros."""
        return device.xp().zeros(self.size, self.dtype)

    def basis(self, rows: int) -> Any:
        """Make a basis of zeros."""
        return device.xp().zeros((rows, self.size), self.dtype)

    def slope(self, gradient: Any, direction: Any) -> tuple[float, float]:
        """Compute gradient . direction, and the gradient's greatest absolute value."""
        n = np.int64(self.size)
        self._launch("slope", self._sums, gradient, direction, self._partial, n)
        self._launch("finish_slope", 1, self._partial, self._result, np.int32(self._sums))
        product, greatest = device.xp().asnumpy(self._result[:2])
        return float(product), float(greatest)

    def products(self, basis: Any, rows: Sequence[int]) -> NDArray[np.float64]:
        """Compute the inner products of three rows of a basis with all of its rows.

        Parameters
        ----------
        basis : (R, N) device array
        rows : sequence of three int

        Returns
        -------
        (3, R) ndarray of float64
        """
        count = len(basis)
        a, b, c = (basis[row] for row in rows)
        rows_, n = np.int32(count), np.int64(self.size)
        self._launch("products", self._sums, basis, a, b, c, self._partial, rows_, n)
        blocks, columns = np.int32(self._sums), np.int32(3 * count)
        self._launch("finish_products", 3 * count, self._partial, self._result, blocks, columns)
        numbers: NDArray[np.float64] = device.xp().asnumpy(self._result[: 3 * count])
        return numbers.reshape(3, count)

    def combine(self, basis: Any, weights: NDArray[np.float64], out: Any) -> None:
        """Write the weighted sum of a basis's rows."""
        self._weights[: len(weights)].set(weights)
        rows, n = np.int32(len(weights)), np.int64(self.size)
        self._launch("combine", self._all, basis, self._weights, out, rows, n)

    def move(self, start: Any, direction: Any, step: float, out: Any) -> None:
        """Write ``start + step * direction``; `out` may be `start`."""
        n = np.int64(self.size)
        self._launch("move", self._all, start, direction, np.float64(step), out, n)

    def pair(self, direction: Any, step: float, gradient: Any, before: Any, s: Any, y: Any) -> None:
        """Write ``s = step * direction`` and ``y = gradient - before``; then update `before`."""
        n = np.int64(self.size)
        self._launch("pair", self._all, direction, np.float64(step), gradient, before, s, y, n)

    def to_host(self, array: Any) -> NDArray[np.floating]:
        """Copy an array to the host."""
        return device.to_host(array)

    def write(self, array: Any, values: NDArray[np.floating]) -> None:
        """Copy numbers from the host over a vector or a basis."""
        array.set(values.astype(self.dtype, copy=False))

    @property
    def _all(self) -> int:
        """Return the number of blocks with a thread for each number."""
        return -(-self.size // THREADS)

    def _launch(self, name: str, blocks: int, *arguments: Any) -> None:
        self._kernels[name]((blocks,), (THREADS,), arguments)
