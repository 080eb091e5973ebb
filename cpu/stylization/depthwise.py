"""Depthwise convolution of a band of rows, while it is in a cache."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..threads.workspace import Float32

BAND_FLOATS = 96_000
"""Results in a band; smaller ones would fit a second cache, but more calls cost more."""
LOOP_FLOATS = 1024
"""Numbers that one innermost loop should have: pixels are taken together until it does."""


class DepthwiseConvolution:
    """A 3x3 filter for each channel.

    Parameters
    ----------
    filters : (3, 3, C) ndarray of float32
    bias : (C,) ndarray of float32
    stride : int
    columns : int
        Of the result.

    Attributes
    ----------
    columns : int

    Notes
    -----
    All nine products of a band are one sum over windows (einsum), which NumPy adds up where the
    results lie, nine times in one pass; products and sums by themselves take eighteen.
    """

    def __init__(self, filters: Float32, bias: Float32, stride: int, columns: int) -> None:
        self._stride, self.columns, self._channels = stride, columns, bias.size
        self._row_bias = np.tile(bias, columns)
        # Neighboring pixels lie one behind the other, channel by channel; so do their filters.
        together = 1
        while stride == 1 and together * bias.size < LOOP_FLOATS and columns % (2 * together) == 0:
            together *= 2
        self._together = together
        self._filters = np.tile(filters, together)

    @property
    def rows_a_band(self) -> int:
        """Return the number of result rows in a band."""
        return max(1, BAND_FLOATS // self._row_bias.size)

    def compute(self, whole: Float32, rows: slice) -> Float32:
        """Compute rows of the result.

        Parameters
        ----------
        whole : (H, W, C) ndarray of float32
            The input within its border.
        rows : slice
            Of the result, without a step.

        Returns
        -------
        (rows, columns, C) ndarray of float32
        """
        count, stride, together = rows.stop - rows.start, self._stride, self._together
        down, across, apart = whole.strides
        shape = (3, 3, count, self.columns // together, self._filters.shape[2])
        strides = (down, across, down * stride, across * together * stride, apart)
        windows = as_strided(whole[stride * rows.start :], shape, strides, writeable=False)
        out = np.einsum("ijrqc,ijc->rqc", windows, self._filters)
        in_rows = out.reshape(count, -1)
        in_rows += self._row_bias
        results: Float32 = in_rows.reshape(count, self.columns, self._channels)
        return results
