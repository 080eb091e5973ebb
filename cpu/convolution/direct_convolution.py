"""Convolutions as one matrix product over the nine neighbors of each position.

For the first layer, whose three channels leave Winograd's transforms nothing to save, and for those
who want the last digit (``exact=True``).
"""

import numpy as np

from ..threads.team import Team
from ..threads.workspace import Float32, Workspace, carve
from .convolution import Convolution, Finish
from .tiles import columns_of


class DirectConvolution(Convolution):
    """A convolution with its nine products summed inside BLAS.

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
