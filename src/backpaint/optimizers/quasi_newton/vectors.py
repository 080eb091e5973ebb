"""The operations that L-BFGS asks of its vectors' place: nothing but numbers come out of it."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class InPlaceFunction(Protocol):
    """The function to minimize: it reads a point where that lies, and leaves its gradient there.

    Attributes
    ----------
    point : (N,) array
        What the optimizer moves; it belongs to the function and stays where it is.
    gradient : (N,) array
        The gradient at the point of the last `evaluate`.
    """

    @property
    def point(self) -> Any: ...  # noqa: D102

    @property
    def gradient(self) -> Any: ...  # noqa: D102

    def evaluate(self) -> tuple[float, float]:
        """Evaluate at `point`: write `gradient`; return loss and the gradient's length, finite."""
        ...


class Vectors(Protocol):
    """The arithmetic of vectors of one length N, and of bases: rows of such vectors.

    Sums are float64, in an order that depends on N alone.
    """

    def vector(self) -> Any:
        """Make a vector of zeros."""
        ...

    def basis(self, rows: int) -> Any:
        """Make a basis of zeros; its dtype may be a shorter one than that of vectors."""
        ...

    def slope(self, gradient: Any, direction: Any) -> tuple[float, float]:
        """Compute gradient . direction, and the gradient's greatest absolute value."""
        ...

    def products(self, basis: Any, rows: Sequence[int]) -> NDArray[np.float64]:
        """Compute the inner products of three rows of a basis with all of its rows.

        Parameters
        ----------
        basis : (R, N) array
        rows : sequence of three int

        Returns
        -------
        (3, R) ndarray of float64
        """
        ...

    def combine(self, basis: Any, weights: NDArray[np.float64], out: Any) -> None:
        """Write the weighted sum of a basis's rows."""
        ...

    def move(self, start: Any, direction: Any, step: float, out: Any) -> None:
        """Write ``start + step * direction``; `out` may be `start`."""
        ...

    def pair(self, direction: Any, step: float, gradient: Any, before: Any, s: Any, y: Any) -> None:
        """Write ``s = step * direction`` and ``y = gradient - before``; then update `before`."""
        ...

    def to_host(self, array: Any) -> NDArray[np.floating]:
        """Return an array as one of NumPy's: itself if it is one."""
        ...

    def write(self, array: Any, values: NDArray[np.floating]) -> None:
        """Copy numbers from the host over a vector or a basis."""
        ...
