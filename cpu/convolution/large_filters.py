"""Winograd's convolutions with large filters, which are transformed each time they are used.

The threads work together, step by step: on the windows of a group of pieces, on their products with
the filters, on their outputs.  Filters come in one of two ways, all at once where there are many
tiles to use them on (`filter_planes.py`), or block by block where there are few
(`filter_blocks.py`).
"""

from itertools import accumulate

from ..threads.team import Step, Team
from ..threads.workspace import Float32, Scratch, Workspace, carve
from .convolution import Finish
from .filter_blocks import FilterBlocks, block_scratch
from .filter_planes import FilterPlanes, planes_size
from .tiles import Piece
from .winograd import PLANES
from .winograd_convolution import WinogradConvolution

TOGETHER = 256 * 512
"""About how many tiles times channels, before and after, the threads work on together:
36 * 256 * 512 floats, 19 MB."""
SMALL_FILTERS = 128 * 128
"""Up to so many pairs of channels, filters are small."""
FEW_TILES = 160
"""Up to so many tiles of a map are few."""


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
    """Tell whether filters are so large that all threads should share one reading of them."""
    return channels_in * channels_out > SMALL_FILTERS


def are_few(pieces: list[Piece]) -> bool:
    """Tell whether a map has so few tiles that filters come block by block."""
    return sum(piece.tiles for piece in pieces) <= FEW_TILES


def large_scratch(pieces: list[Piece], channels_in: int, channels_out: int) -> Scratch:
    """Count what a convolution needs beside windows and outputs of single pieces."""
    channels, few = channels_in + channels_out, are_few(pieces)
    groups = [pieces] if few else groups_of(pieces, channels)
    tiles = max(sum(piece.tiles for piece in group) for group in groups)
    together = Scratch(shared=PLANES * tiles * channels)
    if few:
        return together | block_scratch(channels_in)
    return Scratch(shared=together.shared + planes_size(channels_in, channels_out))


def groups_of(pieces: list[Piece], channels: int) -> list[list[Piece]]:
    """Put pieces together until they have about `TOGETHER` tiles times channels."""
    count = max(1, TOGETHER // (channels * pieces[0].tiles))
    return [pieces[start : start + count] for start in range(0, len(pieces), count)]
