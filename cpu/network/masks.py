"""One bit an element: where the gradient passes a ReLU, and a max pool behind it."""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Bools = NDArray[np.bool_]


def write_mask(bits: Bits, rows: slice, columns: slice, passes: Bools) -> None:
    """Store a part of a mask.

    Parameters
    ----------
    bits : (H, W * K / 8) ndarray of uint8
        The whole mask; K is a multiple of 8.
    rows, columns : slice
        The part of the map.
    passes : (rows, columns, K) ndarray of bool
    """
    packed = np.packbits(passes.reshape(len(passes), -1), axis=1)
    bits[rows, _bytes(columns, passes.shape[2])] = packed


def read_mask(bits: Bits, rows: slice, columns: slice, channels: int) -> Bools:
    """Read a part of a mask back: (rows, columns, K) bool."""
    flat = np.unpackbits(bits[rows, _bytes(columns, channels)], axis=1).view(np.bool_)
    return flat.reshape(len(flat), -1, channels)


def _bytes(columns: slice, channels: int) -> slice:
    return slice(columns.start * channels // 8, columns.stop * channels // 8)
