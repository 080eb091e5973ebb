"""The memory of L-BFGS: pairs of a move s and the gradient's change y, wherever they lie.

The direction -H g is a weighted sum of the vectors that are remembered and of g.  Its weights
follow from inner products alone; so each vector is read twice an iteration: once for its inner
products with what is new, once for the sum.

References
----------
.. [1] W. Chen, Z. Wang, J. Zhou, "Large-scale L-BFGS using MapReduce", NIPS 2014.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from .vectors import Vectors


class History:
    """The curvature of the loss, as far as the last moves have shown it.

    Parameters
    ----------
    vectors : Vectors
        The arithmetic.
    corrections : int
        How many pairs to remember, m.

    Notes
    -----
    The basis has 2 m + 1 rows: m moves, their m changes of the gradient, and the current gradient.
    """

    def __init__(self, vectors: Vectors, corrections: int) -> None:
        self._vectors, self._corrections = vectors, corrections
        self._basis = vectors.basis(2 * corrections + 1)
        self._products: NDArray[np.float64] = np.zeros((2 * corrections + 1,) * 2)
        self._slots: deque[int] = deque(maxlen=corrections)

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def gradient(self) -> Any:
        """The current gradient: a row of the basis."""
        return self._basis[-1]

    def forget(self, gradient: Any) -> None:
        """Drop all pairs, and take a gradient as the current one."""
        self._slots.clear()
        self.gradient[...] = gradient

    def keep(self, gradient: Any) -> None:
        """Take a gradient as the current one without learning from the move to it."""
        self.gradient[...] = gradient
        self._update_products(2 * self._corrections)

    def remember(self, direction: Any, step: float, gradient: Any, curvature: float) -> None:
        """Learn from a move; the oldest pair is forgotten if there is no room.

        Parameters
        ----------
        direction : (N,) array
        step : float
            The move was ``step * direction``.
        gradient : (N,) array
            After the move; it becomes the current one.
        curvature : float
            s . y, greater than 0.
        """
        full = len(self._slots) == self._corrections
        s = self._slots[0] if full else len(self._slots)
        y, rows = self._corrections + s, self._basis
        self._vectors.pair(direction, step, gradient, self.gradient, rows[s], rows[y])
        self._slots.append(s)  # drops the oldest, whose slot it is
        self._update_products(s, y, 2 * self._corrections)
        self._products[s, y] = self._products[y, s] = curvature

    def direction(self, out: Any) -> None:
        """Write -H g, which points to where H expects the minimum; -g without a pair."""
        self._vectors.combine(self._basis, self._weights(), out)

    def state(self, of_host: Callable[[Any], NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return basis, inner products and the order of the pairs as arrays of the host.

        Parameters
        ----------
        of_host : callable
            Turns the basis into an array of the host.
        """
        slots = np.full(self._corrections, -1, np.int64)
        slots[: len(self)] = self._slots
        return {"basis": of_host(self._basis), "products": self._products, "slots": slots}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take what `state` has given.

        Raises
        ------
        UsageError
            If the order of the pairs is none.
        """
        slots = [int(slot) for slot in state["slots"] if slot >= 0]
        if len(set(slots)) < len(slots) or max(slots, default=-1) >= self._corrections:
            raise UsageError(
                f"the state's slots are {slots}; expected different numbers below "
                f"{self._corrections}; take an earlier state"
            )
        self._vectors.write(self._basis, state["basis"])
        self._products[...] = state["products"]
        self._slots.clear()
        self._slots.extend(slots)

    def _weights(self) -> NDArray[np.float64]:
        """Run the two-loop recursion on the weights of the basis's rows.

        Notes
        -----
        It is that of `two_loop.History`, line by line, with each vector
        written as weights w of the rows, so that ``s . q`` becomes ``products[s] @ w``.
        """
        products = self._products
        w = np.zeros(len(products))
        w[-1] = -1.0
        pairs = [(s, self._corrections + s) for s in self._slots]
        shares = []
        for s, y in reversed(pairs):
            share = float(products[s] @ w) / products[s, y]
            w[y] -= share
            shares.append(share)
        if pairs:
            s, y = pairs[-1]
            w *= products[s, y] / products[y, y]
        for (s, y), share in zip(pairs, reversed(shares), strict=True):
            w[s] += share - float(products[y] @ w) / products[s, y]
        return w

    def _update_products(self, *changed: int) -> None:
        """Compute the inner products of rows that have changed with all rows."""
        rows = (*changed, *changed[-1:] * (3 - len(changed)))
        for row, new in zip(rows, self._vectors.products(self._basis, rows), strict=True):
            self._products[row] = self._products[:, row] = new
