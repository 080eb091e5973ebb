"""Transformed filters, all at once: each of the 36 planes is one large matrix product.

The way for many tiles.  Transformed filters are four times as large as the filters: 200 MB for all
layers of a VGG-19, more than the maps of a small picture.  Transforming them takes a hundredth of
the products' operations at 512 x 512, so they are transformed into scratch memory, and forgotten.
"""

import math

import numpy as np

from ..threads.workspace import Float32, carve
from .winograd import FILTER_TILE, PLANES

PART = 2048
"""Pairs of channels whose filters are transformed at a time: 36 * 4096 floats, 0.6 MB."""
PARTS_A_TASK = 4
PADDING = 16
"""Floats between two planes of transformed filters, a cache line: planes that are a power of two
apart would fight for the same places in the caches."""

_FILTER = FILTER_TILE.astype(np.float32)


class FilterPlanes:
    """A layer's filters on their way into a convolution of many tiles.

    Parameters
    ----------
    filters : (3, 3, C, K) contiguous ndarray of float32
    turned : bool
        Exchange C and K.
    shared : (n,) ndarray of float32
        Memory for the transformed filters, and more.

    Attributes
    ----------
    preparations : int
        How many calls of `prepare` must be over before the first product.
    tasks : int
        How many calls of `multiply` make a whole product.
    rest : ndarray of float32
        The memory that is left.
    """

    def __init__(self, filters: Float32, *, turned: bool, shared: Float32) -> None:
        pairs = math.prod(filters.shape[2:])
        (padded,) = carve(shared, (PLANES, pairs + PADDING))
        flat = padded[:, :pairs]
        part = math.gcd(pairs, PART)
        self._source = filters.reshape(9, -1, part).transpose(1, 0, 2)  # (parts, 9, part)
        self._target = flat.reshape(PLANES, -1, part).transpose(1, 0, 2)  # (parts, 36, part)
        planes = flat.reshape(PLANES, *filters.shape[2:])
        self._planes = planes.transpose(0, 2, 1) if turned else planes
        self.preparations = -(-len(self._source) // PARTS_A_TASK)
        self.tasks = PLANES
        self.rest = shared[padded.size :]

    def prepare(self, slot: int, number: int) -> None:
        """Transform a part of the filters."""
        parts = slice(number * PARTS_A_TASK, (number + 1) * PARTS_A_TASK)
        np.matmul(_FILTER, self._source[parts], out=self._target[parts])

    def multiply(self, slot: int, number: int, transformed: Float32, products: Float32) -> None:
        """Multiply one plane, (tiles, C) @ (C, K)."""
        np.matmul(transformed[number], self._planes[number], out=products[number])


def planes_size(channels_in: int, channels_out: int) -> int:
    """Count the floats that transformed filters take."""
    return PLANES * (channels_in * channels_out + PADDING)
