"""The arrangements that filters may have, and the likeness of two sets, whatever their scale."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...vgg_weights import Float32

MINIMUM_CORRELATION = 0.9
"""Rounding to 8 bits leaves 0.99999; exchanging R and B 0.69, any other mistake less."""

UPRIGHT = "upright"
ARRANGEMENTS: dict[str, Callable[[Float32], Float32]] = {
    UPRIGHT: lambda filters: filters,
    "transposed (height and width exchanged)": lambda filters: filters.transpose(1, 0, 2, 3),
    "turned by 180 degrees (for true convolution)": lambda filters: filters[::-1, ::-1],
    "mirrored left to right": lambda filters: filters[:, ::-1],
    "mirrored top to bottom": lambda filters: filters[::-1],
}


def correlation(filters: Float32, others: Float32) -> float:
    """Average the cosines between filters and their partners, over all filters."""
    return float((unit(filters) * unit(others)).sum(axis=0).mean())


def arrangement_of(filters: Float32, upright: Float32) -> str | None:
    """Return how filters lie, compared with upright ones; None where nothing fits."""
    fits = {name: correlation(filters, turn(upright)) for name, turn in ARRANGEMENTS.items()}
    best = max(fits, key=lambda name: fits[name])
    return best if fits[best] >= MINIMUM_CORRELATION else None


def unit(filters: Float32) -> NDArray[np.float64]:
    """Scale each filter to length 1, as a column; a damaged file may hold zeros, or 1e38."""
    rows: NDArray[np.float64] = filters.reshape(-1, filters.shape[-1]).astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=0), np.finfo(np.float64).tiny)
    return rows
