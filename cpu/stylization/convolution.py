"""A convolution, band by band."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..threads.workspace import FLOAT_BYTES, Float32
from .blocks import Blocks

BAND_FLOATS = 60_000
"""What a band copies of its input: with its results it fits a processor's second cache."""


class BlockConvolution:
    """A convolution of maps of one size.

    Parameters
    ----------
    blocks : Blocks
    rows, columns : int
        Of the result.

    Attributes
    ----------
    bands : int
        Into how many pieces the work is cut, whoever does it: so a result does not depend on how
        many threads there are.
    """

    def __init__(self, blocks: Blocks, rows: int, columns: int) -> None:
        self.blocks, self.columns = blocks, columns
        self._count = blocks.count(columns)
        self._steps = rows // len(blocks.phases)
        floats = self._count * blocks.span * blocks.channels_in * blocks.down
        self._steps_a_band = max(1, min(self._steps, BAND_FLOATS // floats))
        self.bands = -(-self._steps // self._steps_a_band)

    def rows_of(self, band: int) -> slice:
        """Return which rows of the result belong to a band."""
        first, last = self._range(band)
        phases = len(self.blocks.phases)
        return slice(first * phases, last * phases)

    def compute(self, whole: Float32, band: int) -> Float32:
        """Compute a band of the result.

        Parameters
        ----------
        whole : (H, W, C) ndarray of float32
            The framed input; W is at least `Blocks.reach`.
        band : int

        Returns
        -------
        (rows, columns, K) ndarray of float32
            A view of a new array; its rows are those of `rows_of`.
        """
        blocks = self.blocks
        first, last = self._range(band)
        steps, phases = last - first, len(blocks.phases)
        copied = self._copied(whole, first, steps)
        results = blocks.width * blocks.channels_out
        out = np.empty((steps, phases, self._count, results), np.float32)
        product = np.empty((steps, self._count, results), np.float32)
        for phase, rows in enumerate(blocks.phases):
            for number, (row, matrix) in enumerate(rows):
                seen = copied[row : row + blocks.down * (steps - 1) + 1 : blocks.down]
                _multiply(seen, matrix, product)
                if number == 0:
                    out[:, phase] = product
                else:
                    out[:, phase] += product
        wide = out.reshape(steps * phases, self._count * blocks.width, blocks.channels_out)
        return wide[:, : self.columns]

    def _range(self, band: int) -> tuple[int, int]:
        first = band * self._steps_a_band
        return first, min(first + self._steps_a_band, self._steps)

    def _copied(self, whole: Float32, first: int, steps: int) -> Float32:
        """Copy what the blocks see: (rows of the input, blocks, span C)."""
        blocks = self.blocks
        rows = blocks.down * (steps - 1) + blocks.rows
        begin = whole[blocks.down * first :]
        shape = (rows, self._count, blocks.span * blocks.channels_in)
        strides = (whole.strides[0], blocks.across * blocks.channels_in * FLOAT_BYTES, FLOAT_BYTES)
        return np.ascontiguousarray(as_strided(begin, shape, strides, writeable=False))


def _multiply(seen: Float32, matrix: Float32, out: Float32) -> None:
    """Multiply all blocks of all rows by a matrix: one product, where the rows are neighbors."""
    if seen.flags.c_contiguous:
        seen, out = seen.reshape(-1, seen.shape[2]), out.reshape(-1, out.shape[2])
    np.matmul(seen, matrix, out=out)
