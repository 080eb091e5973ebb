"""Features along directions, each number beside the style's value of its rank."""

import math

import numpy as np

from ...problem.stages import Size
from ...reference.sliced import to_ranks
from ..convolution.tiles import interior
from ..network.features import bands_of
from ..threads.team import Team
from ..threads.workspace import Float32


def along(team: Team, framed: Float32, size: Size, onto: Float32) -> Float32:
    """Project a layer's features on directions.

    Parameters
    ----------
    team : Team
    framed : ndarray of float32
        The features with their frame.
    size : (int, int)
        Their height and width.
    onto : (V, K) ndarray of float32

    Returns
    -------
    (H * W, V) ndarray of float32
    """
    features, bands = interior(framed, *size), bands_of(size)
    y = np.empty((*size, len(onto)), np.float32)

    def band(slot: int, number: int) -> None:
        np.matmul(features[bands[number]], onto.T, out=y[bands[number]])

    team.run(band, len(bands))
    return y.reshape(math.prod(size), -1)


def rank_distance(team: Team, y: Float32, wanted: Float32) -> tuple[float, Float32]:
    """Subtract from each number the wanted value of its rank, direction by direction.

    Parameters
    ----------
    team : Team
    y, wanted : (M, V) ndarray of float32
        The second one's columns rise.

    Returns
    -------
    squares : float
        The sum of the squared differences, in float64.
    distance : (M, V) ndarray of float32
    """
    distance, squares = np.empty_like(y), np.zeros(y.shape[1])

    def direction(slot: int, number: int) -> None:
        column = y[:, [number]]
        column -= to_ranks(column, wanted[:, [number]])
        squares[number] = np.square(column).sum(dtype=np.float64)
        distance[:, number] = column[:, 0]

    team.run(direction, y.shape[1])
    return float(squares.sum()), distance


def spread_sum(team: Team, distance: Float32, onto: Float32, size: Size) -> float:
    """Sum the absolute values of ``distance @ onto``, in float64."""
    bands, rows = bands_of(size), distance.reshape(*size, -1)
    sums = np.zeros(len(bands))

    def band(slot: int, number: int) -> None:
        sums[number] = np.abs(rows[bands[number]] @ onto).sum(dtype=np.float64)

    team.run(band, len(bands))
    return float(sums.sum())
