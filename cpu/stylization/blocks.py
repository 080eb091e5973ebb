"""Filters as matrices that take a block of pixels in a row to a block of results at once.

A filter of few channels makes a bad matrix: 9 x 9 x 8 to 3 has three columns.  A block of T results
side by side has T times as many, and the pixels that it looks at in one row of the picture,
T + 8 of 8 channels, lie in memory one behind the other.  So a row of the filter becomes a banded
matrix, ((T + 8) 8) by (T 3), with the filter's row once for each result, a pixel further right each
time.  It holds zeros, which cost multiplications, (T + 8) / 9 times as many; and it saves copies:
each pixel is copied (T + 8) / T times instead of 81 times.

A filter behind a nearest upsampling never sees more than 2 x 2 different pixels.  Each of the four
results that one pixel becomes has its own filter of 2 x 2, sums of the nine weights; nothing is
enlarged (`doubled_blocks`).
"""

from dataclasses import dataclass

import numpy as np

from ...reference.arrays import Floats
from ..threads.workspace import Float32

Row = tuple[int, Float32]
"""Which row of the input, counted from the first that a result sees, and the matrix for it."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """A convolution as products of blocks.

    Attributes
    ----------
    phases : tuple of tuple of Row
        For each of the result's rows that one step down gives, the input's rows that it sees.
    down, across : int
        How far the input moves on: rows for a step down, pixels for the next block.
    span : int
        Pixels of the input that a block sees.
    channels_in, channels_out : int
    width : int
        Results in a block, side by side.
    """

    phases: tuple[tuple[Row, ...], ...]
    down: int
    across: int
    span: int
    channels_in: int
    channels_out: int
    width: int

    @property
    def rows(self) -> int:
        """Return the number of input rows that a step sees."""
        return 1 + max(row for phase in self.phases for row, _ in phase)

    def count(self, columns: int) -> int:
        """Count the blocks that cover a number of results."""
        return -(-columns // self.width)

    def reach(self, columns: int) -> int:
        """Return how many pixels of a row all blocks see together."""
        return self.across * (self.count(columns) - 1) + self.span


def strided_blocks(filters: Floats, stride: int, width: int) -> Blocks:
    """Make blocks of a strided convolution.

    Parameters
    ----------
    filters : (A, B, C, K) ndarray of float
    stride : int
    width : int
        Results in a block.
    """
    height, breadth, channels, results = filters.shape
    span = stride * (width - 1) + breadth
    matrices = np.zeros((height, span, channels, width, results), np.float32)
    for t in range(width):
        matrices[:, stride * t : stride * t + breadth, :, t] = filters
    flat = matrices.reshape(height, span * channels, width * results)
    return Blocks((tuple(enumerate(flat)),), stride, stride * width, span, channels, results, width)


def doubled_blocks(filters: Floats, width: int) -> Blocks:
    """Make blocks of a 3x3 convolution behind an upsampling by two.

    Parameters
    ----------
    filters : (3, 3, C, K) ndarray of float
    width : int
        Pixels of the input for which a block has results: two for each, side by side.

    Notes
    -----
    Row 2 p + a of the enlarged picture is row p of the small one.  Its neighbors above and below
    are, of the small one, the rows p - 1 and p for a = 0, and p and p + 1 for a = 1.  Counted from
    p - 1 the filter's three rows meet the rows `MET[a]`; where two meet the same, they add up.
    """
    channels, results = filters.shape[2:]
    matrices = np.zeros((2, 3, width + 2, channels, width, 2, results), np.float32)
    for a, i, b, j in np.ndindex(2, 3, 2, 3):
        for t in range(width):
            matrices[a, MET[a][i], t + MET[b][j], :, t, b] += filters[i, j]
    flat = matrices.reshape(2, 3, (width + 2) * channels, width * 2 * results)
    phases = tuple(tuple((row, flat[a, row]) for row in sorted(set(MET[a]))) for a in range(2))
    return Blocks(phases, 1, width, width + 2, channels, results, 2 * width)


MET = ((0, 1, 1), (1, 1, 2))
"""Which of a pixel's neighborhood of three a filter's three rows meet, in its first and second
copy."""
