"""Convolutions by Winograd's transforms, forward and with respect to the input.

The gradient with respect to the input of a convolution is a convolution with the filters turned by
180 degrees and their two channel axes exchanged.  Turning filters, inputs and outputs all together
changes nothing; so the filters are left as they are, and every tile is read and written turned.
One set of transformed filters serves both directions.
"""

import numpy as np

from .convolution import Convolution, Finish
from .team import Team
from .tiles import Piece, untile, windows_of
from .winograd import INPUT, OUTPUT, PLANES, TILE, Float32
from .workspace import Workspace, carve

TOGETHER = 512 * 512
"""About how many tiles times channels, before and after, the threads work on together where the
filters are large: 36 * 512 * 512 floats, 38 MB."""
SMALL_FILTERS = 128 * 128
"""Up to so many weights in a plane, each thread takes a piece from beginning to end."""


class WinogradConvolution(Convolution):
    """A convolution with four times fewer multiplications.

    Parameters
    ----------
    filters : (36, C, K) ndarray of float32
        Transformed filters; see `winograd.transform_filters`.
    turned : bool
        Read and write every tile turned by 180 degrees.

    See Also
    --------
    backward_of : Makes the partner that carries gradients back.
    """

    def __init__(self, filters: Float32, *, turned: bool = False) -> None:
        super().__init__(*filters.shape[1:])
        self.filters = filters
        self.turned = turned
        # Turning a tile by 180 degrees reverses the order of its elements.
        self._input = np.ascontiguousarray(INPUT[:, ::-1] if turned else INPUT, np.float32)
        self._output = np.ascontiguousarray(OUTPUT[::-1] if turned else OUTPUT, np.float32)

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], finish: Finish
    ) -> None:
        """Convolve a map; see `Convolution.run`."""
        if works_together(self.channels_in, self.channels_out):
            for group in groups_of(self.pieces(size), self.channels_in + self.channels_out):
                self._run_together(team, work, framed, group, finish)
        else:
            self._run_apart(team, work, framed, self.pieces(size), finish)

    def _run_apart(
        self, team: Team, work: Workspace, framed: Float32, pieces: list[Piece], finish: Finish
    ) -> None:
        """Let each thread take a piece from windows to outputs, inside its own cache."""

        def whole(slot: int, number: int) -> None:
            piece = pieces[number]
            first, second = work.first[slot], work.second[slot]
            (transformed,) = carve(second, (PLANES, piece.tiles, self.channels_in))
            self._transform(framed, piece, first, transformed)
            (products,) = carve(first, (PLANES, piece.tiles, self.channels_out))
            np.matmul(transformed, self.filters, out=products)
            finish(slot, piece, self._outputs(products, second))

        team.run(whole, len(pieces))

    def _run_together(
        self, team: Team, work: Workspace, framed: Float32, pieces: list[Piece], finish: Finish
    ) -> None:
        """Share out windows, then planes, then outputs, so that filters are read only once."""
        edges = np.cumsum([0, *(piece.tiles for piece in pieces)])
        transformed, products = carve(
            work.shared,
            (PLANES, edges[-1], self.channels_in),
            (PLANES, edges[-1], self.channels_out),
        )

        def transform(slot: int, number: int) -> None:
            here = transformed[:, edges[number] : edges[number + 1]]
            self._transform(framed, pieces[number], work.first[slot], here)

        def multiply(slot: int, plane: int) -> None:
            np.matmul(transformed[plane], self.filters[plane], out=products[plane])

        def collect(slot: int, number: int) -> None:
            here = products[:, edges[number] : edges[number + 1]]
            finish(slot, pieces[number], self._outputs(here, work.second[slot]))

        team.run(transform, len(pieces))
        team.run(multiply, PLANES)
        team.run(collect, len(pieces))

    def _transform(self, framed: Float32, piece: Piece, scratch: Float32, out: Float32) -> None:
        """Transform the windows of a piece: (tiles, 36, C) to `out` (36, tiles, C)."""
        windows = windows_of(framed, piece)  # (tiles, 6, 6 * C)
        (copied,) = carve(scratch, windows.shape)
        np.copyto(copied, windows)
        by_tile = copied.reshape(piece.tiles, PLANES, self.channels_in)
        np.matmul(self._input, by_tile, out=out.transpose(1, 0, 2))

    def _outputs(self, products: Float32, scratch: Float32) -> Float32:
        """Transform products back: (36, tiles, K) to rows of outputs (4, 4 * tiles, K)."""
        tiles, channels = products.shape[1:]
        by_tile, rows = carve(scratch, (tiles, TILE**2, channels), (TILE, tiles, TILE, channels))
        np.matmul(self._output, products.transpose(1, 0, 2), out=by_tile)
        np.copyto(rows, untile(by_tile))
        return rows.reshape(TILE, TILE * tiles, channels)


def backward_of(forward: WinogradConvolution) -> WinogradConvolution:
    """Make the convolution that carries a gradient from outputs back to inputs.

    Parameters
    ----------
    forward : WinogradConvolution
        Its transformed filters are shared, unless they are small: BLAS multiplies small matrices
        faster when the second one is not transposed, so those are copied.
    """
    exchanged = forward.filters.transpose(0, 2, 1)
    if not works_together(forward.channels_in, forward.channels_out):
        exchanged = np.ascontiguousarray(exchanged)
    return WinogradConvolution(exchanged, turned=not forward.turned)


def works_together(channels_in: int, channels_out: int) -> bool:
    """Tell whether filters are so large that all threads should share one reading of them."""
    return channels_in * channels_out > SMALL_FILTERS


def groups_of(pieces: list[Piece], channels: int) -> list[list[Piece]]:
    """Put pieces together until they have about `TOGETHER` tiles times channels."""
    count = max(1, TOGETHER // (channels * pieces[0].tiles))
    return [pieces[start : start + count] for start in range(0, len(pieces), count)]
