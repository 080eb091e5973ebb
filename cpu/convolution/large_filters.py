"""Winograd's convolutions with large filters, which are transformed each time they are used.

The threads work together, step by step: on the windows of a group of pieces, on their products with
the filters, on their outputs.  Filters come in one of two ways, all at once where there are many
tiles to use them on (`FilterPlanes`), or block by block where there are few (`FilterBlocks`).
"""

import math
from itertools import accumulate

import numpy as np

from ..threads.team import Step, Task, Team
from ..threads.workspace import Float32, Workspace, carve
from .convolution import Finish
from .products import (
    block_width,
    multiply_blocks,
    multiply_in_parts,
    reads_in_place,
    tiles_at_once,
)
from .tiles import Piece
from .winograd import FILTER_TILE, PLANES
from .winograd_convolution import WinogradConvolution

Turn = tuple[tuple[Task, int], tuple[Task, int], tuple[Task, int]]
"""What is to do for a group of pieces, one after the other: windows, products, outputs."""

TOGETHER = 512 * 512
"""About how many tiles times channels, before and after, the threads work on together:
36 * 512 * 512 floats, 38 MB."""
SMALL_FILTERS = 128 * 128
"""Up to so many pairs of channels, filters are small."""
FEW_TILES = 160
"""Up to so many tiles of a map are few."""
PART = 512
"""Pairs of channels whose filters one product transforms."""
PAIRS_A_TASK = 8192
"""Pairs of channels whose filters are transformed at a time: 36 * 8192 floats, 1.2 MB."""
PADDING = 16
"""Floats between two planes of transformed filters, a cache line: planes that are a power of two
apart would fight for the same places in the caches."""
WIDTH = 64
"""Output channels in a block of `FilterBlocks`."""
PLANES_AT_ONCE = 6
"""Planes of it that are transformed and used at a time: with 512 input channels, 6 * 512 * 64
floats, 0.8 MB."""
COLUMNS = 16
"""Columns of turned filters that are copied at a time: each is a walk through memory of its own,
and more would push each other out of the nearest cache."""

_FILTER = FILTER_TILE.astype(np.float32)


class FilterPlanes:
    """A layer's filters transformed all at once: 36 matrices, each in blocks of output channels.

    The way for many tiles.  Transformed filters are four times as large as the filters: 200 MB for
    all layers of a VGG-19, more than the maps of a small picture.  Transforming them takes a
    hundredth of the products' operations at 512 x 512, so they are not kept.

    Parameters
    ----------
    filters : (3, 3, C, K) contiguous ndarray of float32
    turned : bool
        Exchange C and K.
    work : Workspace
        Memory for the transformed filters, and more.

    Attributes
    ----------
    tasks : int
        How many calls of `multiply` make a whole product.
    rest : ndarray of float32
        The shared memory that is left.
    """

    def __init__(self, filters: Float32, *, turned: bool, work: Workspace) -> None:
        self._turned_late = turned and not reads_in_place()
        self._source = exchanged(filters, turned=turned and not self._turned_late)
        self._work = work
        _, channels_in, channels_out = self._source.shape
        width, pairs = block_width(channels_out), channels_in * channels_out
        (padded,) = carve(work.shared, (PLANES, pairs + PADDING))
        # (36, blocks, C, width)
        self._planes = padded[:, :pairs].reshape(PLANES, -1, channels_in, width)
        self._rows = math.gcd(channels_in, max(1, PAIRS_A_TASK // width))
        self.tasks = PLANES
        self.rest = work.shared[padded.size :]

    @property
    def before(self) -> Step:
        """The step that must be over before the first product.

        Made anew: kept, it would refer to `self`, and all memory wait for the garbage collector.
        """
        _, blocks, channels_in, _ = self._planes.shape
        return [(self.prepare, blocks * channels_in // self._rows)]

    def prepare(self, slot: int, number: int) -> None:
        """Transform some rows of a block of the filters."""
        _, blocks, _, width = self._planes.shape
        part, block = divmod(number, blocks)
        rows = slice(part * self._rows, (part + 1) * self._rows)
        source = self._source[:, rows, block * width : (block + 1) * width]
        source = in_one_piece(source, self._work.first[slot])
        transform_filters_of(source, _FILTER, self._planes[:, block, rows])

    def multiply(self, slot: int, number: int, transformed: Float32, products: Float32) -> None:
        """Multiply one plane, (tiles, C) @ (C, K)."""
        plane = self._planes[number]
        blocks = plane.transpose(0, 2, 1) if self._turned_late else plane
        multiply_blocks(transformed[number], blocks, products[number])


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
    before, tasks, rest
        As for `FilterPlanes`; nothing need be done before, and all shared memory is left.
    """

    def __init__(self, filters: Float32, *, turned: bool, work: Workspace) -> None:
        self._turned_late = turned and not reads_in_place()
        self._source, self._work = exchanged(filters, turned=turned), work
        self.before: Step = []
        self.tasks = -(-self._source.shape[2] // WIDTH)
        self.rest = work.shared

    def multiply(self, slot: int, number: int, transformed: Float32, products: Float32) -> None:
        """Multiply by one block, (36, tiles, C) @ (36, C, some of K), some planes at a time."""
        channels = slice(number * WIDTH, (number + 1) * WIDTH)
        source = self._source[:, :, channels]
        most = tiles_at_once(*source.shape[1:])
        if self._turned_late:
            source = source.transpose(0, 2, 1)
        source = in_one_piece(source, self._work.second[slot])
        (block,) = carve(self._work.first[slot], (PLANES_AT_ONCE, *source.shape[1:]))
        factor = block.transpose(0, 2, 1) if self._turned_late else block
        for first in range(0, PLANES, PLANES_AT_ONCE):
            planes = slice(first, first + PLANES_AT_ONCE)
            transform_filters_of(source, _FILTER[planes], block)
            multiply_in_parts(transformed[planes], factor, products[planes, :, channels], most)


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
        kind = FilterBlocks if are_few(pieces := self.pieces(size)) else FilterPlanes
        filters = kind(self.filters, turned=self._turned, work=work)
        groups = groups_of(pieces, self.channels_in + self.channels_out)
        most = max(map(tiles_of, groups))
        arrays = carve(
            filters.rest, (PLANES, most, self.channels_in), (PLANES, most, self.channels_out)
        )
        turns = [self._turn(work, filters, arrays, framed, group, finish) for group in groups]
        team.run_steps(overlapping(filters.before, turns))

    def _turn(
        self,
        work: Workspace,
        filters: FilterBlocks | FilterPlanes,
        arrays: list[Float32],
        framed: Float32,
        pieces: list[Piece],
        finish: Finish,
    ) -> Turn:
        """List what is to do for a group of pieces: windows, products, outputs."""
        edges = [0, *accumulate(piece.tiles for piece in pieces)]
        transformed, products = (array[:, : edges[-1]] for array in arrays)

        def transform(slot: int, number: int) -> None:
            here = transformed[:, edges[number] : edges[number + 1]]
            self._transform(framed, pieces[number], work.first[slot], here)

        def multiply(slot: int, number: int) -> None:
            filters.multiply(slot, number, transformed, products)

        def collect(slot: int, number: int) -> None:
            here = products[:, edges[number] : edges[number + 1]]
            finish(slot, pieces[number], self._outputs(here, pieces[number], work.second[slot]))

        return (transform, len(pieces)), (multiply, filters.tasks), (collect, len(pieces))


def overlapping(before: Step, turns: list[Turn]) -> list[Step]:
    """Put turns into steps: a group's windows are transformed beside the outputs of the one before.

    Parameters
    ----------
    before : Step
        What has to be over before the first product.
    turns : list of Turn
    """
    steps: list[Step] = []
    for windows, products, outputs in turns:
        steps += [[*before, windows], [products]]
        before = [outputs]
    return [*steps, before]


def exchanged(filters: Float32, *, turned: bool) -> Float32:
    """View filters (3, 3, C, K) as (9, C, K), or turned as (9, K, C)."""
    flat = filters.reshape(9, *filters.shape[2:])
    return flat.transpose(0, 2, 1) if turned else flat


def in_one_piece(source: Float32, scratch: Float32) -> Float32:
    """Copy filters (9, C, K), unless each of the nine matrices lies in one piece of memory."""
    columns = source.shape[2]
    if source.strides[1:] == (columns * source.itemsize, source.itemsize):
        return source
    (copied,) = carve(scratch, source.shape)
    step = columns if source.strides[2] == source.itemsize else COLUMNS
    for start in range(0, columns, step):
        np.copyto(copied[..., start : start + step], source[..., start : start + step])
    return copied


def transform_filters_of(filters: Float32, matrix: Float32, out: Float32) -> None:
    """Transform some filters.

    Parameters
    ----------
    filters : (9, C, K) ndarray of float32
        Each of the nine in one piece, as `in_one_piece` gives them.
    matrix : (P, 9) ndarray of float32
        Some rows of `FILTER_TILE`.
    out : (P, C, K) ndarray of float32
        Each plane in one piece.
    """
    part = math.gcd(filters[0].size, PART)
    parts = out.reshape(len(matrix), -1, part).transpose(1, 0, 2)
    np.matmul(matrix, filters.reshape(9, -1, part).transpose(1, 0, 2), out=parts)


def are_large(channels_in: int, channels_out: int) -> bool:
    """Whether filters are so large that all threads should share one reading of them."""
    return channels_in * channels_out > SMALL_FILTERS


def are_few(pieces: list[Piece]) -> bool:
    """Whether a map has so few tiles that filters come block by block."""
    return tiles_of(pieces) <= FEW_TILES


def groups_of(pieces: list[Piece], channels: int) -> list[list[Piece]]:
    """Put pieces together until they have about `TOGETHER` tiles times channels; all, if few."""
    if are_few(pieces):
        return [pieces]
    count = max(1, TOGETHER // (channels * pieces[0].tiles))
    return [pieces[start : start + count] for start in range(0, len(pieces), count)]


def tiles_of(pieces: list[Piece]) -> int:
    """Count the tiles of some pieces."""
    return sum(piece.tiles for piece in pieces)
