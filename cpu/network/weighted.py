"""Sums over a layer's positions that count differently.

Only positions that count are looked at, so regions that divide a layer among them cost together
about what the whole layer costs; where regions overlap softly, each costs its own positions.
"""

import numpy as np
from numpy.typing import NDArray

from ...problem.stages import Size
from ..convolution.tiles import interior
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace, carve
from .features import bands_of


def weighted_gram_of(
    team: Team, work: Workspace, framed: Float32, size: Size, weights: Float32
) -> NDArray[np.float64]:
    """Compute the Gram matrix of a region's features, not divided by anything.

    Parameters
    ----------
    team, work, framed, size
        As for `backpaint.cpu.network.features.gram_of`.
    weights : (H, W) ndarray of float32
        How much each position counts, at least 0.

    Returns
    -------
    (K, K) ndarray of float64
    """
    origin = np.zeros(framed.shape[2], np.float32)
    return weighted_moments_of(team, work, framed, size, origin, weights)[1:, 1:]


def weighted_moments_of(
    team: Team, work: Workspace, framed: Float32, size: Size, center: Float32, weights: Float32
) -> NDArray[np.float64]:
    """Compute the moments of a region's features less a constant vector.

    Parameters
    ----------
    team, work, framed, size, center
        As for `backpaint.cpu.network.features.moments_of`.
    weights : (H, W) ndarray of float32
        How much each position counts, at least 0.

    Returns
    -------
    (1 + K, 1 + K) ndarray of float64

    Notes
    -----
    Rows are multiplied by the roots of their weights: both factors of the product are then the
    same array, of which NumPy computes one triangle.
    """
    bands, channels = bands_of(size), framed.shape[2]
    features = interior(framed, *size)
    (partial,) = carve(work.shared, (len(bands), channels, channels))
    sums = np.zeros((len(bands), channels))

    def band(slot: int, number: int) -> None:
        rows = bands[number]
        counts = weights[rows] > 0
        f, w = features[rows][counts], weights[rows][counts]  # (n, K), (n,)
        if center.any():
            f -= center
        sums[number] = f.sum(axis=0, dtype=np.float64) if np.all(w == 1) else w @ f
        f *= np.sqrt(w)[:, np.newaxis]
        np.matmul(f.T, f, out=partial[number])

    team.run(band, len(bands))
    moments = np.empty((1 + channels, 1 + channels))
    moments[0, 0] = weights.sum(dtype=np.float64)
    moments[0, 1:] = moments[1:, 0] = sums.sum(axis=0)
    moments[1:, 1:] = partial.sum(axis=0, dtype=np.float64)
    return moments
