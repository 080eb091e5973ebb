"""Depthwise convolution of a band of rows, while it is in a cache."""

import numpy as np

from ..threads.workspace import Float32

BAND_FLOATS = 16_000
"""Results in a band; with the products and what they are made of they fit a second cache."""


class DepthwiseConvolution:
    """A 3x3 filter for each channel.

    Parameters
    ----------
    filters : (3, 3, C) ndarray of float32
    bias : (C,) ndarray of float32
    stride : int
    columns : int
        Of the result.
    """

    def __init__(self, filters: Float32, bias: Float32, stride: int, columns: int) -> None:
        self._stride, self._columns = stride, columns
        # A row of pixels lies in memory channel by channel, pixel by pixel; so does its filter.
        self._filters = np.tile(filters, columns)
        self._bias = np.tile(bias, columns)

    def rows_a_band(self) -> int:
        """Tell how many rows of the result make a band."""
        return max(1, BAND_FLOATS // self._bias.size)

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
        count, stride, channels = rows.stop - rows.start, self._stride, whole.shape[2]
        out = np.empty((count, self._columns * channels), np.float32)
        out[:] = self._bias
        product = np.empty_like(out)
        for i, j in np.ndindex(3, 3):
            first = stride * rows.start + i
            down = slice(first, first + stride * (count - 1) + 1, stride)
            seen = whole[down, j : j + stride * (self._columns - 1) + 1 : stride]
            if stride == 1:
                np.multiply(_rows(seen), self._filters[i, j], out=product)
            else:
                wide = (self._columns, channels)
                np.multiply(seen, self._filters[i, j].reshape(wide), out=product.reshape(-1, *wide))
            out += product
        return out.reshape(count, self._columns, channels)


def _rows(seen: Float32) -> Float32:
    """View neighboring pixels of each row as one row of numbers, without a copy."""
    count, columns, channels = seen.shape
    strides = (seen.strides[0], seen.itemsize)
    return np.lib.stride_tricks.as_strided(seen, (count, columns * channels), strides)
