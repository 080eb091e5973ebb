"""Convolutions as one matrix product over the nine neighbors of each position.

For the first layer, whose three channels leave Winograd's transforms nothing to save, and for those
who want the last digit (``exact=True``).
"""

import numpy as np

from .convolution import Convolution, Finish
from .team import Team
from .tiles import columns_of
from .winograd import Float32
from .workspace import Workspace, carve

ROWS_TOGETHER = 8
"""Rows of the picture whose gradient one thread collects at a time."""


class DirectConvolution(Convolution):
    """A convolution with its nine products summed inside BLAS.

    Parameters
    ----------
    filters : (3, 3, C, K) ndarray of float32
        For cross-correlation.
    """

    def __init__(self, filters: Float32) -> None:
        super().__init__(*filters.shape[2:])
        self.filters = filters.reshape(-1, self.channels_out)  # (9 * C, K)

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], finish: Finish
    ) -> None:
        """Convolve a map; see `Convolution.run`."""
        pieces = self.pieces(size)

        def whole(slot: int, number: int) -> None:
            neighbors = columns_of(framed, pieces[number])  # (4, 4 * tiles, 3, 3 * C)
            (copied,) = carve(work.first[slot], neighbors.shape)
            np.copyto(copied, neighbors)
            rows, columns = neighbors.shape[:2]
            (outputs,) = carve(work.second[slot], (rows, columns, self.channels_out))
            np.matmul(copied.reshape(rows, columns, -1), self.filters, out=outputs)
            finish(slot, pieces[number], outputs)

        team.run(whole, len(pieces))


def turned(filters: Float32) -> Float32:
    """Turn filters by 180 degrees and exchange their channels: (3, 3, C, K) to (3, 3, K, C)."""
    return np.ascontiguousarray(filters[::-1, ::-1].transpose(0, 1, 3, 2))


class PictureGradient:
    """The gradient of the first convolution with respect to the three channels of the picture.

    Parameters
    ----------
    filters : (3, 3, 3, K) ndarray of float32
        Of the first convolution.

    Notes
    -----
    K values come in and 3 go out at each position.  Multiplying first, by all 27 filter elements,
    and then adding nine shifted planes moves less memory than collecting nine neighbors of K
    values::

        products[a, b, c] = sum_k dy[:, :, k] w[a, b, c, k]
        dx[p, q, c]       = sum_ab products[a, b, c][p + 1 - a, q + 1 - b]
    """

    def __init__(self, filters: Float32) -> None:
        self.filters = filters.reshape(27, -1)

    def run(
        self, team: Team, work: Workspace, framed: Float32, size: tuple[int, int], out: Float32
    ) -> None:
        """Carry a gradient back to the picture.

        Parameters
        ----------
        team, work, framed, size
            As for `Convolution.run`; `framed` is the gradient with respect to the convolution.
        out : (3, H, W) ndarray of float32
            The gradient, one plane a channel.
        """
        height, width = size

        def band(slot: int, number: int) -> None:
            top = ROWS_TOGETHER * number
            rows = min(ROWS_TOGETHER, height - top)
            grad = framed[top : top + rows + 2]  # with a row more on each side
            shape = (3, 3, 3, rows + 2, framed.shape[1])
            (products,) = carve(work.first[slot], shape)
            np.matmul(self.filters, grad.reshape(-1, grad.shape[2]).T, out=products.reshape(27, -1))
            (total,) = carve(work.second[slot], (3, rows, width))
            total[:] = 0
            for a in range(3):
                for b in range(3):
                    total += products[a, b, :, 2 - a : 2 - a + rows, 2 - b : 2 - b + width]
            out[:, top : top + rows] = total

        team.run(band, -(-height // ROWS_TOGETHER))
