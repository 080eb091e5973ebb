"""The base of the 3x3 convolutions, which hand out their result in pieces, and the direct one.

A convolution reads a framed map (`tiles.py`) and passes each piece of the result, while it is in
the cache, to a function that finishes it: bias, ReLU, masks and pooling on the way forward,
unpooling, masks and the taps' own gradients on the way back (`network/finish.py`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from ..threads.team import Team
from ..threads.workspace import Float32, Workspace, carve
from .tiles import Piece, columns_of, pieces_of

Finish = Callable[[int, Piece, Float32], None]
"""Called with slot, piece and its result, which it may overwrite: an array
(4 * rows of tiles, 4 * columns of tiles, K).

Pieces come in no particular order and from any thread.
"""


PICTURE_CHANNELS = 4
"""What the first convolution reads: three colors, and ones, which bring its bias (`with_ones`)."""


class Convolution(ABC):
    """A layer's convolution, forward or with respect to its input.

    Parameters
    ----------
    channels_in, channels_out : int
        Of the maps that it reads and writes.
    bias : (K,) ndarray of float32, or None
        Added to the result.
    """

    def __init__(self, channels_in: int, channels_out: int, bias: Float32 | None = None) -> None:
        self.channels_in = channels_in
        self.channels_out = channels_out
        self.bias = bias

    def pieces(self, size: tuple[int, int]) -> list[Piece]:
        """Cut a map of this height and width as `run` will."""
        return pieces_of(size, max(self.channels_in, self.channels_out))

    @abstractmethod
    def run(
        self,
        team: Team,
        work: Workspace,
        framed: Float32,
        size: tuple[int, int],
        finish: Finish,
    ) -> None:
        """Convolve a map.

        Parameters
        ----------
        team : Team
            Who does it.
        work : Workspace
            Scratch memory; `scratch.py` says how much.
        framed : ndarray of float32
            The map with its frame; see `tiles.framed_shape`.
        size : (int, int)
            Height and width of the map.
        finish : callable
            Gets the result.
        """


class DirectConvolution(Convolution):
    """A convolution as one matrix product over the nine neighbors of each position.

    For the first layer, whose three channels leave Winograd's transforms nothing to save, and for
    those who want the last digit (``exact=True``).

    Parameters
    ----------
    filters : (3, 3, C, K) ndarray of float32
        For cross-correlation.
    bias : (K,) ndarray of float32, or None
        Added to the result.
    """

    def __init__(self, filters: Float32, bias: Float32 | None = None) -> None:
        super().__init__(filters.shape[2], filters.shape[3], bias)
        self.filters = filters.reshape(-1, self.channels_out)  # (9 * C, K)

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], finish: Finish
    ) -> None:
        """Convolve a map; see `Convolution.run`."""
        pieces = self.pieces(size)

        def whole(slot: int, number: int) -> None:
            neighbors = columns_of(framed, pieces[number])  # (4 * rows, 4 * columns, 3, 3 * C)
            (copied,) = carve(work.first[slot], neighbors.shape)
            np.copyto(copied, neighbors)
            rows, columns = neighbors.shape[:2]
            (outputs,) = carve(work.second[slot], (rows, columns, self.channels_out))
            halves = (2 * rows, columns // 2, -1)  # smaller products, for BLAS's faster kernel
            np.matmul(copied.reshape(halves), self.filters, out=outputs.reshape(halves))
            if self.bias is not None:
                outputs += self.bias
            finish(slot, pieces[number], outputs)

        team.run(whole, len(pieces))


def turned(filters: Float32) -> Float32:
    """Turn filters by 180 degrees and exchange their channels: (3, 3, C, K) to (3, 3, K, C)."""
    return np.ascontiguousarray(filters[::-1, ::-1].transpose(0, 1, 3, 2))


def with_ones(filters: Float32, bias: Float32) -> Float32:
    """Take a bias into the filters, for maps whose last channel is 1: (3, 3, C + 1, K)."""
    one_more = np.zeros((3, 3, 1, filters.shape[3]), np.float32)
    one_more[1, 1, 0] = bias
    return np.concatenate([filters, one_more], axis=2)
