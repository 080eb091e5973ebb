"""Winograd's convolutions with large filters, which are transformed each time they are used.

The threads work together, step by step: on the windows of a group of pieces, on their products with
the filters, on their outputs.  Filters come in one of two ways, all at once where there are many
tiles to use them on (`FilterPlanes`), or block by block where there are few (`FilterBlocks`).
"""

import math
from itertools import accumulate

import numpy as np

from ..threads.team import Step, Team
from ..threads.workspace import Float32, Workspace, carve
from .convolution import Finish
from .tiles import Piece
from .winograd import FILTER_TILE, PLANES
from .winograd_convolution import WinogradConvolution, multiply_in_parts

TOGETHER = 256 * 512
"""About how many tiles times channels, before and after, the threads work on together:
36 * 256 * 512 floats, 19 MB."""
SMALL_FILTERS = 128 * 128
"""Up to so many pairs of channels, filters are small."""
FEW_TILES = 160
"""Up to so many tiles of a map are few."""
PART = 2048
"""Pairs of channels whose filters are transformed at a time: 36 * 4096 floats, 0.6 MB."""
PARTS_A_TASK = 4
PADDING = 16
"""Floats between two planes of transformed filters, a cache line: planes that are a power of two
apart would fight for the same places in the caches."""
WIDTH = 32
"""Output channels in a block: with 512 input channels, 36 * 512 * 32 floats, 2.4 MB."""
MOST_TILES = 32
"""Tiles in one small product, at most: with more, OpenBLAS is slow where filters are turned."""

_FILTER = FILTER_TILE.astype(np.float32)


class FilterPlanes:
    """A layer's filters transformed all at once: 36 large matrix products.

    The way for many tiles.  Transformed filters are four times as large as the filters: 200 MB for
    all layers of a VGG-19, more than the maps of a small picture.  Transforming them takes a
    hundredth of the products' operations at 512 x 512, so they are not kept.

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


class FilterBlocks:
    """A layer's filters transformed block by block of output channels.

    The way for few tiles, where a matrix product would spend its time on bringing filters from
    memory.  A thread transforms a block into its own scratch memory and uses it at once, while it
    is in its cache.

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


class LargeFilters(WinogradConvolution):
    """A convolution whose threads share one reading of the filters.

    Parameters
    ----------
    filters : (3, 3, C, K) contiguous ndarray of float32
        For cross-correlation; kept as they are, and shared with the partner that goes back.
    bias : (K,) ndarray of float32, or None
        Added to the result.
    turned : bool
        Carry a gradient of the outputs back to the inputs, from K channels to C.
    """

    def __init__(
        self, filters: Float32, bias: Float32 | None = None, *, turned: bool = False
    ) -> None:
        channels = filters.shape[2:]
        channels_in, channels_out = channels[::-1] if turned else channels
        super().__init__(channels_in, channels_out, bias, turned=turned)
        self.filters, self._turned = filters, turned

    def backward(self) -> "LargeFilters":
        """Make the convolution that carries a gradient from outputs back to inputs."""
        return LargeFilters(self.filters, turned=True)

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], finish: Finish
    ) -> None:
        """Convolve a map; see `Convolution.run`."""
        pieces = self.pieces(size)
        steps: list[Step] = []
        if are_few(pieces):
            blocks = FilterBlocks(self.filters, turned=self._turned, work=work)
            steps = self._steps(work, blocks, work.shared, framed, pieces, finish)
        else:
            planes = FilterPlanes(self.filters, turned=self._turned, shared=work.shared)
            steps.append([(planes.prepare, planes.preparations)])
            for group in groups_of(pieces, self.channels_in + self.channels_out):
                steps += self._steps(work, planes, planes.rest, framed, group, finish)
        team.run_steps(steps)

    def _steps(
        self,
        work: Workspace,
        filters: FilterBlocks | FilterPlanes,
        shared: Float32,
        framed: Float32,
        pieces: list[Piece],
        finish: Finish,
    ) -> list[Step]:
        """List what is to do for a group of pieces: windows, then products, then outputs."""
        edges = [0, *accumulate(piece.tiles for piece in pieces)]
        transformed, products = carve(
            shared, (PLANES, edges[-1], self.channels_in), (PLANES, edges[-1], self.channels_out)
        )

        def transform(slot: int, number: int) -> None:
            here = transformed[:, edges[number] : edges[number + 1]]
            self._transform(framed, pieces[number], work.first[slot], here)

        def multiply(slot: int, number: int) -> None:
            filters.multiply(slot, number, transformed, products)

        def collect(slot: int, number: int) -> None:
            here = products[:, edges[number] : edges[number + 1]]
            finish(slot, pieces[number], self._outputs(here, pieces[number], work.second[slot]))

        return [[(transform, len(pieces))], [(multiply, filters.tasks)], [(collect, len(pieces))]]


def are_large(channels_in: int, channels_out: int) -> bool:
    """Whether filters are so large that all threads should share one reading of them."""
    return channels_in * channels_out > SMALL_FILTERS


def are_few(pieces: list[Piece]) -> bool:
    """Whether a map has so few tiles that filters come block by block."""
    return sum(piece.tiles for piece in pieces) <= FEW_TILES


def groups_of(pieces: list[Piece], channels: int) -> list[list[Piece]]:
    """Put pieces together until they have about `TOGETHER` tiles times channels."""
    count = max(1, TOGETHER // (channels * pieces[0].tiles))
    return [pieces[start : start + count] for start in range(0, len(pieces), count)]
