"""Sums over a layer's features for the terms, and the gradient that the terms give them.

Sums run in bands of rows, shared out to threads, and are added up in order; the gradient is
computed piece by piece, on the way back.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...problem.stages import Size
from ..convolution.products import multiply_blocks
from ..convolution.tiles import interior
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace, carve
from .region_gradient import RegionGradient

BANDS = 16
"""At most so many bands; more would cost memory for their Gram matrices."""
BAND_POSITIONS = 512
"""At least about so many positions in a band, if the map has them."""


def bands_of(size: Size) -> list[slice]:
    """Cut a map into bands of rows; the cut depends on its size alone."""
    height = size[0]
    count = max(1, min(BANDS, height, math.prod(size) // BAND_POSITIONS))
    edges = [height * band // count for band in range(count + 1)]
    return [slice(top, bottom) for top, bottom in pairwise(edges)]


def gram_of(team: Team, work: Workspace, framed: Float32, size: Size) -> NDArray[np.float64]:
    """Compute the Gram matrix of a layer's features, not divided by anything.

    Parameters
    ----------
    team, work
        Who computes, and where.
    framed : ndarray of float32
        The features with their frame, whose zeros add nothing.
    size : (int, int)
        Height and width of the features.

    Returns
    -------
    (K, K) ndarray of float64

    Notes
    -----
    NumPy sees that both factors of ``f.T @ f`` are the same array and computes one triangle.
    """
    bands, channels = bands_of(size), framed.shape[2]
    (partial,) = carve(work.shared, (len(bands), channels, channels))

    def band(slot: int, number: int) -> None:
        rows = bands[number]
        f = framed[rows.start + 1 : rows.stop + 1].reshape(-1, channels)
        np.matmul(f.T, f, out=partial[number])

    team.run(band, len(bands))
    return np.asarray(partial.sum(axis=0, dtype=np.float64))


def moments_of(
    team: Team, work: Workspace, framed: Float32, size: Size, center: Float32
) -> NDArray[np.float64]:
    """Compute the moments of a layer's features less a constant vector.

    Parameters
    ----------
    team, work, framed, size
        As for `gram_of`.
    center : (K,) ndarray of float32
        Subtracted from the features at every position.

    Returns
    -------
    (1 + K, 1 + K) ndarray of float64
        See `backpaint.reference.moments.moments_forward`.
    """
    bands, channels = bands_of(size), framed.shape[2]
    features = interior(framed, *size)
    (partial,) = carve(work.shared, (len(bands), channels, channels))
    sums = np.zeros((len(bands), channels))

    def band(slot: int, number: int) -> None:
        f = (features[bands[number]] - center).reshape(-1, channels)
        np.matmul(f.T, f, out=partial[number])
        sums[number] = f.sum(axis=0, dtype=np.float64)

    team.run(band, len(bands))
    moments = np.empty((1 + channels, 1 + channels))
    moments[0, 0] = math.prod(size)
    moments[0, 1:] = moments[1:, 0] = sums.sum(axis=0)
    moments[1:, 1:] = partial.sum(axis=0, dtype=np.float64)
    return moments


def difference_sums(
    team: Team,
    framed: Float32,
    target: Float32,
    *,
    absolute: bool,
    weights: Float32 | None = None,
) -> tuple[float, float]:
    """Sum the squares, and if asked the absolute values, of features minus their target.

    Parameters
    ----------
    team : Team
    framed : ndarray of float32
        The features with their frame.
    target : (H, W, K) ndarray of float32
    absolute : bool
        Whether the second sum is wanted; otherwise it is 0.
    weights : (H, W) ndarray of float32, optional
        How much each position counts in both; absent: 1.
    """
    size = (target.shape[0], target.shape[1])
    features, bands = interior(framed, *size), bands_of(size)
    sums = np.zeros((len(bands), 2))

    def band(slot: int, number: int) -> None:
        for i in range(bands[number].start, bands[number].stop):
            difference = features[i] - target[i]
            w = None if weights is None else weights[i][:, np.newaxis]
            if absolute:
                size_of = np.abs(difference) if w is None else np.abs(difference) * w
                sums[number, 1] += size_of.sum(dtype=np.float64)
            squares = np.square(difference, out=difference)
            if w is not None:
                squares *= w
            sums[number, 0] += squares.sum(dtype=np.float64)

    team.run(band, len(bands))
    squares, absolutes = sums.sum(axis=0)
    return float(squares), float(absolutes)


def absolute_sum(
    team: Team,
    framed: Float32,
    size: Size,
    matrix: Float32,
    row: Float32 | None = None,
    weights: Float32 | None = None,
) -> float:
    """Sum the absolute values of features times a matrix, plus a row if there is one.

    Parameters
    ----------
    team : Team
    framed : ndarray of float32
        The features with their frame.
    size : (int, int)
        Their height and width.
    matrix : (K, K) ndarray of float32
    row : (K,) ndarray of float32, optional
    weights : (H, W) ndarray of float32, optional
        How much each position counts; absent: 1.
    """
    features, bands = interior(framed, *size), bands_of(size)
    row = np.zeros(1, np.float32) if row is None else row
    sums = np.zeros(len(bands))

    def band(slot: int, number: int) -> None:
        for i in range(bands[number].start, bands[number].stop):
            mapped = np.abs(features[i] @ matrix + row)
            if weights is not None:
                mapped *= weights[i][:, np.newaxis]
            sums[number] += mapped.sum(dtype=np.float64)

    team.run(band, len(bands))
    return float(sums.sum())


class LayerGradient(Protocol):
    """The gradient of all terms at a layer's features, or at those of a band of its rows."""

    def of(self, features: Float32, rows: slice, columns: slice) -> Float32:
        """Compute a part of it; see `FeatureGradient.of`."""
        ...


@dataclass
class FeatureGradient:
    """The gradient at a layer's features F.

    ``F @ matrix + row + spread @ onto + scale * (F - target)``, as far as they are there.

    With regions, each of them adds its own; see `RegionGradient`.

    Attributes
    ----------
    matrix : (blocks, K, width) ndarray of float32, or None
        From the style term: the sum over styles of 2 (G - A) and its factors, twice; in blocks of
        columns, as `products.blocks_of` cuts them.
    row : (K,) ndarray of float32, or None
        From the style term, where it is not of Gram matrices.
    spread : (H, W, V) ndarray of float32, or None
        From the style term, where it sorts features along directions.
    onto : (V, K) ndarray of float32, or None
        The directions.
    target : (H, W, K) ndarray of float32, or None
        The content's features.
    scale : float
        Of the content term.
    keep : (H, W) ndarray of float32, or None
        How much each position counts in the content term.
    regions : list of RegionGradient
        From the style term, where it looks at regions.
    """

    matrix: Float32 | None = None
    row: Float32 | None = None
    spread: Float32 | None = None
    onto: Float32 | None = None
    target: Float32 | None = None
    scale: float = 0.0
    keep: Float32 | None = None
    regions: list[RegionGradient] = field(default_factory=list)

    def of(self, features: Float32, rows: slice, columns: slice) -> Float32:
        """Compute a part of the gradient.

        Parameters
        ----------
        features : (rows, columns, K) ndarray of float32
            That part of F.
        rows, columns : slice
            Where it lies in the layer.

        Returns
        -------
        (rows, columns, K) ndarray of float32
        """
        if self.target is None:
            gradient = self._of_whole_styles(features)
        else:
            gradient = features - self.target[rows, columns]
            gradient *= np.float32(self.scale)
            if self.keep is not None:
                gradient *= self.keep[rows, columns, np.newaxis]
            if self.matrix is not None:
                gradient += self._of_whole_styles(features)
        if self.row is not None:
            gradient += self.row
        for region in self.regions:
            region.add_to(gradient, features, rows, columns)
        if self.spread is not None and self.onto is not None:
            gradient += self.spread[rows, columns] @ self.onto
        return gradient

    def _of_whole_styles(self, features: Float32) -> Float32:
        if self.matrix is None:
            return np.zeros_like(features)
        gradient = np.empty(features.shape, np.float32)
        multiply_blocks(features, self.matrix, gradient)
        return gradient
