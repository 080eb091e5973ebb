"""Convolutions by Winograd's transforms, forward and with respect to the input.

The gradient with respect to the input of a convolution is a convolution with the filters turned by
180 degrees and their two channel axes exchanged.  Turning filters, inputs and outputs all together
changes nothing; so the filters are left as they are, and every tile is read and written turned.
One set of transformed filters serves both directions.
"""

import numpy as np

from ..threads.team import Team
from ..threads.workspace import Float32, Workspace, carve
from .convolution import Convolution, Finish
from .products import multiply_in_parts, tiles_at_once
from .tiles import Piece, strips_of, windows_of
from .winograd import INPUT, OUTPUT, PLANES, TILE, WINDOW


class WinogradConvolution(Convolution):
    """The base of convolutions by Winograd: the transforms of inputs and outputs.

    Parameters
    ----------
    channels_in, channels_out : int
    bias : (K,) ndarray of float32, or None
        Added to the result.
    turned : bool
        Read and write every tile turned by 180 degrees.
    """

    def __init__(
        self, channels_in: int, channels_out: int, bias: Float32 | None, *, turned: bool
    ) -> None:
        super().__init__(channels_in, channels_out, bias)
        # What is turned by 180 degrees is read from the last row and column to the first.
        self._input = np.ascontiguousarray(INPUT[:, ::-1] if turned else INPUT, np.float32)
        self._output = np.ascontiguousarray(OUTPUT[::-1] if turned else OUTPUT, np.float32)

    def _transform(self, framed: Float32, piece: Piece, scratch: Float32, out: Float32) -> None:
        """Transform the inputs of a piece's tiles, down their columns, then along their rows.

        Parameters
        ----------
        framed : ndarray of float32
            The map.
        piece : Piece
        scratch : (n,) ndarray of float32
        out : (36, tiles, C) ndarray of float32
        """
        strips = strips_of(framed, piece)
        (halves,) = carve(scratch, strips.shape)
        rows, columns = piece.grid
        # In two parts: a product of whole rows would be too large for BLAS's faster kernel.
        flat, order = (rows, WINDOW, 2, -1), (0, 2, 1, 3)
        np.matmul(
            self._input,
            strips.reshape(flat).transpose(order),
            out=halves.reshape(flat).transpose(order),
        )
        points = out.reshape(WINDOW, WINDOW, rows, columns, self.channels_in)
        # (u, v, row, column, c) to (row, u, column, v, c): axes in the order of `windows_of`
        np.matmul(self._input, windows_of(halves), out=points.transpose(2, 0, 3, 1, 4))

    def _outputs(self, products: Float32, piece: Piece, scratch: Float32) -> Float32:
        """Transform products back, along rows, then down columns, and add the bias.

        Parameters
        ----------
        products : (36, tiles, K) ndarray of float32
        piece : Piece
        scratch : (n,) ndarray of float32

        Returns
        -------
        (4 * rows of tiles, 4 * columns of tiles, K) ndarray of float32
            In the scratch memory.
        """
        (rows, columns), channels = piece.grid, self.channels_out
        halves, outputs = carve(
            scratch,
            (rows, WINDOW, columns, TILE, channels),
            (rows, TILE, columns, TILE, channels),
        )
        points = products.reshape(WINDOW, WINDOW, rows, columns, channels)
        # (u, v, row, column, k) to (row, u, column, v, k): what is multiplied stands before k
        np.matmul(self._output, points.transpose(2, 0, 3, 1, 4), out=halves)
        np.matmul(
            self._output,
            halves.reshape(rows, WINDOW, -1),
            out=outputs.reshape(rows, TILE, -1),
        )
        if self.bias is not None:
            outputs += self.bias
        return outputs.reshape(TILE * rows, TILE * columns, channels)


class SmallFilters(WinogradConvolution):
    """A convolution whose filters fit into a core's cache: each thread works by itself.

    Parameters
    ----------
    filters : (36, C, K) ndarray of float32
        Transformed filters; see `winograd.transform_filters`.
    bias, turned
        As for `WinogradConvolution`.
    """

    def __init__(
        self, filters: Float32, bias: Float32 | None = None, *, turned: bool = False
    ) -> None:
        super().__init__(filters.shape[1], filters.shape[2], bias, turned=turned)
        self.filters = filters

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], finish: Finish
    ) -> None:
        """Convolve a map; see `Convolution.run`."""
        pieces = self.pieces(size)
        most = tiles_at_once(self.channels_in, self.channels_out)

        def whole(slot: int, number: int) -> None:
            piece = pieces[number]
            first, second = work.first[slot], work.second[slot]
            (transformed,) = carve(second, (PLANES, piece.tiles, self.channels_in))
            self._transform(framed, piece, first, transformed)
            (products,) = carve(first, (PLANES, piece.tiles, self.channels_out))
            multiply_in_parts(transformed, self.filters, products, most)
            finish(slot, piece, self._outputs(products, piece, second))

        team.run(whole, len(pieces))

    def backward(self) -> "SmallFilters":
        """Make the convolution that carries a gradient from outputs back to inputs.

        Its filters are copied: BLAS multiplies small matrices faster when the second one is not
        transposed.
        """
        exchanged = np.ascontiguousarray(self.filters.transpose(0, 2, 1))
        return SmallFilters(exchanged, turned=True)
