"""Transformed filters, block by block of output channels: 36 small matrix products at a time.

The way for few tiles, where a matrix product would spend its time on bringing filters from memory.
A thread transforms the filters of some output channels into its own scratch memory and uses them
at once, while they are in its cache.
"""

import numpy as np

from ..threads.workspace import Float32, Scratch, Workspace, carve
from .filter_planes import PADDING
from .winograd import FILTER_TILE, PLANES
from .winograd_convolution import multiply_in_parts

WIDTH = 32
"""Output channels in a block: with 512 input channels, 36 * 512 * 32 floats, 2.4 MB."""
MOST_TILES = 32
"""Tiles in one small product, at most: with more, OpenBLAS is slow where filters are turned."""

_FILTER = FILTER_TILE.astype(np.float32)


class FilterBlocks:
    """A layer's filters on their way into a convolution of few tiles.

    Parameters
    ----------
    filters : (3, 3, C, K) contiguous ndarray of float32
    turned : bool
        Exchange C and K.
    work : Workspace
        Where transformed blocks go.

    Attributes
    ----------
    tasks : int
        How many calls of `multiply` make a whole product.
    """

    def __init__(self, filters: Float32, *, turned: bool, work: Workspace) -> None:
        self._filters = filters.reshape(9, *filters.shape[2:])
        self._turned, self._work = turned, work
        self._outputs = filters.shape[2 if turned else 3]
        self.tasks = -(-self._outputs // WIDTH)

    def multiply(self, slot: int, number: int, transformed: Float32, products: Float32) -> None:
        """Multiply by one block, (36, tiles, C) @ (36, C, some of K)."""
        channels = slice(number * WIDTH, min((number + 1) * WIDTH, self._outputs))
        block = self._transform(channels, self._work.first[slot])
        multiply_in_parts(transformed, block, products[:, :, channels], MOST_TILES)

    def _transform(self, channels: slice, scratch: Float32) -> Float32:
        """Transform the filters of some output channels: (36, C, those channels)."""
        filters = self._filters[:, channels] if self._turned else self._filters[:, :, channels]
        _, rows, columns = filters.shape
        (padded,) = carve(scratch, (PLANES, rows * columns + PADDING))
        planes = padded[:, : rows * columns].reshape(PLANES, rows, columns)
        np.matmul(_FILTER, filters.transpose(1, 0, 2), out=planes.transpose(1, 0, 2))
        return planes.transpose(0, 2, 1) if self._turned else planes


def block_scratch(channels_in: int) -> Scratch:
    """Count the floats of a transformed block."""
    return Scratch(PLANES * (channels_in * WIDTH + PADDING))
