"""Winograd's convolutions with large filters, which are transformed each time they are used.

Transformed filters are four times as large as the filters: 200 MB for all layers of a VGG-19, more
than the maps of a small picture.  Transforming them takes a hundredth of the products' operations
at 512 x 512, so they are transformed into scratch memory, and forgotten.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from .convolution import Finish
from .team import Team
from .tiles import Piece
from .winograd import FILTER, PLANES, Float32
from .winograd_convolution import WinogradConvolution
from .workspace import Workspace, carve

TOGETHER = 256 * 512
"""About how many tiles times channels, before and after, the threads work on together:
36 * 256 * 512 floats, 19 MB."""
SMALL_FILTERS = 128 * 128
"""Up to so many pairs of channels, filters are small."""
PART = 4096
"""Pairs of channels whose filters are transformed at a time: 36 * 4096 floats, 0.6 MB."""
PARTS_A_TASK = 8
BLOCK = 64
"""Output channels at a time where tiles are few: BLAS would spend its time on packing filters."""
FEW = 16 * 512 * BLOCK
"""Tiles are few up to so many multiplications with a block; with more it is no faster."""
PADDING = 16
"""Floats between two planes of transformed filters, a cache line: planes that are a power of two
apart would fight for the same places in the caches."""


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
        self._filter = FILTER.astype(np.float32)

    def backward(self) -> "LargeFilters":
        """Make the convolution that carries a gradient from outputs back to inputs."""
        return LargeFilters(self.filters, turned=True)

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], finish: Finish
    ) -> None:
        """Convolve a map; see `Convolution.run`."""
        planes, rest, tasks = self._filters_in(work.shared)
        for group in groups_of(self.pieces(size), self.channels_in + self.channels_out):
            self._run_group(team, work, planes, rest, framed, group, finish, tasks)
            tasks = []  # the filters are there now

    def _filters_in(self, shared: Float32) -> tuple[Float32, Float32, list[Callable[[], None]]]:
        """Find the transformed filters (36, C, K) a place, with the tasks that write them there.

        The memory that is left comes second.
        """
        pairs = self.channels_in * self.channels_out
        (padded,) = carve(shared, (PLANES, pairs + PADDING))
        flat = padded[:, :pairs]
        part = math.gcd(pairs, PART)
        source = self.filters.reshape(9, -1, part).transpose(1, 0, 2)  # (parts, 9, part)
        target = flat.reshape(PLANES, -1, part).transpose(1, 0, 2)  # (parts, 36, part)

        def transform(start: int) -> None:
            parts = slice(start, start + PARTS_A_TASK)
            np.matmul(self._filter, source[parts], out=target[parts])

        starts = range(0, len(source), PARTS_A_TASK)
        tasks: list[Callable[[], None]] = [partial(transform, start) for start in starts]
        planes = flat.reshape(PLANES, *self.filters.shape[2:])
        planes = planes.transpose(0, 2, 1) if self._turned else planes
        return planes, shared[padded.size :], tasks

    def _run_group(
        self,
        team: Team,
        work: Workspace,
        planes: Float32,
        shared: Float32,
        framed: Float32,
        pieces: list[Piece],
        finish: Finish,
        filter_tasks: list[Callable[[], None]],
    ) -> None:
        """Share out filters and windows, then planes, then outputs."""
        edges = np.cumsum([0, *(piece.tiles for piece in pieces)])
        transformed, products = carve(
            shared, (PLANES, edges[-1], self.channels_in), (PLANES, edges[-1], self.channels_out)
        )

        def transform(slot: int, number: int) -> None:
            if number >= len(pieces):
                filter_tasks[number - len(pieces)]()
                return
            here = transformed[:, edges[number] : edges[number + 1]]
            self._transform(framed, pieces[number], work.first[slot], here)

        def multiply(slot: int, plane: int) -> None:
            _multiply(transformed[plane], planes[plane], products[plane])

        def collect(slot: int, number: int) -> None:
            here = products[:, edges[number] : edges[number + 1]]
            finish(slot, pieces[number], self._outputs(here, pieces[number], work.second[slot]))

        team.run(transform, len(pieces) + len(filter_tasks))
        team.run(multiply, PLANES)
        team.run(collect, len(pieces))


def _multiply(x: Float32, filters: Float32, out: Float32) -> None:
    """Multiply (tiles, C) @ (C, K); few tiles by few output channels at a time."""
    tiles, channels = x.shape
    width = filters.shape[1]
    if tiles * channels * BLOCK <= FEW:
        width = math.gcd(width, BLOCK)
    blocks = filters.reshape(channels, -1, width).transpose(1, 0, 2)
    np.matmul(x, blocks, out=out.reshape(tiles, -1, width).transpose(1, 0, 2))


def are_large(channels_in: int, channels_out: int) -> bool:
    """Tell whether filters are so large that all threads should share one reading of them."""
    return channels_in * channels_out > SMALL_FILTERS


def transformed_size(channels_in: int, channels_out: int) -> int:
    """Count the floats that transformed filters take."""
    return PLANES * (channels_in * channels_out + PADDING)


def groups_of(pieces: list[Piece], channels: int) -> list[list[Piece]]:
    """Put pieces together until they have about `TOGETHER` tiles times channels."""
    count = max(1, TOGETHER // (channels * pieces[0].tiles))
    return [pieces[start : start + count] for start in range(0, len(pieces), count)]
