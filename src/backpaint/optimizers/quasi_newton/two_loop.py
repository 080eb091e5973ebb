"""The memory of L-BFGS without a line search: moves, and what each did to the gradient.

Newton's method goes to the minimum of a parabola: it moves by -H g, with g the gradient and H the
inverse of the matrix of second derivatives.  For a picture that matrix has N x N entries, N about a
million, and is never formed.  L-BFGS remembers its last moves s and what each did to the gradient,
y, and computes H g from those pairs alone: the two-loop recursion.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...scratch import array_in_file
from .host_vectors import blocks

Vector = NDArray[np.float64]

Remembered: TypeAlias = NDArray[np.floating]
"""A vector as it is remembered: float64 or float32."""

LEAST_CURVATURE = 1e-10
"""A pair with y.s no greater than this is not remembered: H would not stay positive definite."""


@dataclass(frozen=True)
class History:
    """The curvature of the loss, as far as the last moves have shown it.

    Attributes
    ----------
    corrections : int
        How many pairs (s, y) to remember; each takes two vectors.
    pairs : tuple of (s, y, 1 / y.s)
        The oldest first.
    scale : float
        H before it is improved by the pairs: a multiple of the identity.
    dtype : {"float64", "float32"}
        Of the pairs; everything is summed in float64.
    scratch : str or None
        A folder: the pairs lie in files there.
    """

    corrections: int
    pairs: tuple[tuple[Remembered, Remembered, float], ...] = ()
    scale: float = 1.0
    dtype: Literal["float64", "float32"] = "float64"
    scratch: str | None = None

    def remember(self, s: Vector, y: Vector) -> "History":
        """Add the latest pair; the oldest is forgotten.

        Parameters
        ----------
        s : (N,) ndarray of float64
            A move.
        y : (N,) ndarray of float64
            Gradient after the move minus gradient before it.

        Returns
        -------
        History
            This one, if the pair shows no positive curvature.
        """
        s, y = s.astype(self.dtype, copy=False), y.astype(self.dtype, copy=False)
        curvature = inner(y, s)
        if curvature > LEAST_CURVATURE:
            newest = self._stored(s), self._stored(y), 1 / curvature
            pairs = (*self.pairs, newest)[-self.corrections :]
            return replace(self, pairs=pairs, scale=curvature / inner(y, y))
        return self

    def inverse_hessian_times(self, gradient: Vector) -> Vector:
        """Multiply a vector by H, the approximate inverse of the second derivatives.

        Parameters
        ----------
        gradient : (N,) ndarray of float64
            Usually the gradient; it comes back unchanged while nothing is remembered.

        Returns
        -------
        (N,) ndarray of float64

        Notes
        -----
        BFGS improves H by each pair, rho = 1 / y.s, such that H y = s holds afterwards::

            H  ->  (I - rho s y^T) H (I - rho y s^T) + rho s s^T

        Written out for all pairs this is a product: the right-hand factors meet the vector first,
        newest pair first; then the H that all began from, a multiple of the identity; then the
        left-hand factors, oldest first, where + rho s s^T becomes ``+ alpha * s``.

        References
        ----------
        .. [1] J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 7.4,
           with equation 7.20 for the scale.
        """
        q = gradient.copy()
        alphas = []
        for s, y, rho in reversed(self.pairs):
            alpha = rho * inner(s, q)
            add(q, -alpha, y)
            alphas.append(alpha)
        r = self.scale * q
        for (s, y, rho), alpha in zip(self.pairs, reversed(alphas), strict=True):
            beta = rho * inner(y, r)
            add(r, alpha - beta, s)
        return r

    def _stored(self, vector: Remembered) -> Remembered:
        """Return a vector where it can stay: itself, or a copy in a file."""
        if self.scratch is None:
            return vector
        copy = array_in_file(self.scratch, vector.shape, vector.dtype)
        copy[...] = vector
        return copy

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Write it as a state: each pair's vectors by themselves, since stacking would copy."""
        rho = np.array([rho for _, _, rho in self.pairs], np.float64)
        state: dict[str, NDArray[Any]] = {"scale": np.array(self.scale, np.float64), "rho": rho}
        for number, (s, y, _) in enumerate(self.pairs):
            state |= {f"s{number}": s, f"y{number}": y}
        return state

    @classmethod
    def taken_from(cls, arrays: dict[str, NDArray[Any]], like: "History") -> "History":
        """Read it from a state that has been checked, and take its arrays out.

        `like` has its number of pairs and their dtype.
        """
        rho = arrays.pop("rho")
        pairs = tuple(
            (
                like._stored(arrays.pop(f"s{number}")),
                like._stored(arrays.pop(f"y{number}")),
                float(value),
            )
            for number, value in enumerate(rho)
        )
        return replace(like, pairs=pairs, scale=arrays.pop("scale").item())


def inner(a: Remembered, b: Remembered) -> float:
    """Compute an inner product in float64; of float32 vectors block by block, without a copy."""
    if a.dtype == b.dtype == np.float64:
        return float(a @ b)
    return sum(
        float(a[part].astype(np.float64) @ b[part].astype(np.float64)) for part in blocks(a.size)
    )


def add(to: Vector, factor: float, vector: Remembered) -> None:
    """Add a multiple of a vector, rounded to float64 alone."""
    if vector.dtype == np.float64:
        to += factor * vector
        return
    for part in blocks(to.size):
        to[part] += factor * vector[part].astype(np.float64)
