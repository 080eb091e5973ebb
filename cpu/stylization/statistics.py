"""Mean and variance of a map's channels, from those of its bands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..threads.workspace import Float32

Float64 = NDArray[np.float64]
Moments = tuple[int, Float64, Float64]
"""Positions, the mean of each channel, and the sum of the squared distances from it."""


def moments(band: Float32) -> Moments:
    """Sum up a band of a map, (rows, columns, C).

    Notes
    -----
    Distances are taken from the band's own mean, so that nothing cancels where a channel's mean is
    large beside its deviation.  A product with ones is the fastest way to add rows.
    """
    flat = np.ascontiguousarray(band).reshape(-1, band.shape[2])
    ones = np.ones(flat.shape[0], np.float32)
    mean = (ones @ flat) / np.float32(flat.shape[0])
    distances = flat - mean
    np.multiply(distances, distances, out=distances)
    return flat.shape[0], mean.astype(np.float64), (ones @ distances).astype(np.float64)


def merged(parts: Sequence[Moments]) -> tuple[Float64, Float64]:
    """Return the mean and the variance of each channel of the whole map.

    Parameters
    ----------
    parts : sequence of Moments
        Of all bands, in their order: sums depend on it.

    References
    ----------
    .. [1] T. Chan, G. Golub, R. LeVeque, "Algorithms for Computing the Sample Variance", The
       American Statistician 37, 1983, equation 2.1.
    """
    total = sum(count for count, _, _ in parts)
    mean = sum(count * each for count, each, _ in parts) / total
    within = sum(squares for _, _, squares in parts)
    between = sum(count * (each - mean) ** 2 for count, each, _ in parts)
    return np.asarray(mean), np.asarray((within + between) / total)
