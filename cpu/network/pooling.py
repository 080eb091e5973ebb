"""2x2 pooling of a piece, forward and backward, and the bits that tell where a gradient passes.

Pieces begin at even rows and columns, so no window lies across two of them.  Beyond the map a piece
holds zeros; after a ReLU, a zero changes neither a maximum nor a sum.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...problem.stages import Size
from ..convolution.tiles import Piece
from ..convolution.winograd import TILE
from ..threads.workspace import Float32

Bits = NDArray[np.uint8]
Bools = NDArray[np.bool_]

WindowWeights = tuple[Float32, Float32]
"""By what sums are multiplied to become averages: a factor a row (rows, 1, 1), and one a column."""


def average_weights(size: Size, pooled: Size) -> WindowWeights:
    """Return one over each window's number of pixels, 2 or 1 along each side."""
    rows, columns = (
        np.array([1 / min(2, length - 2 * i) for i in range(count)], np.float32)
        for length, count in zip(size, pooled, strict=True)
    )
    return rows[:, np.newaxis, np.newaxis], columns[:, np.newaxis]


def pooled_part(piece: Piece, pooled: Size) -> tuple[slice, slice]:
    """Return the rows and columns of the pooled map that a piece of the output covers."""
    half = TILE // 2
    return (
        slice(half * piece.top, min(pooled[0], half * piece.bottom)),
        slice(half * piece.left, min(pooled[1], half * piece.right)),
    )


def unpooled_part(rows: slice, columns: slice, size: Size, pooled: Size) -> tuple[slice, slice]:
    """Return which part of the convolution's output belongs to a part of the pooled map.

    The last row and column that "floor" pooling drops belong to the part at the border.
    """
    parts = (
        slice(2 * part.start, length if part.stop == count else 2 * part.stop)
        for part, length, count in zip((rows, columns), size, pooled, strict=True)
    )
    return next(parts), next(parts)


def average_pool(y: Float32, out: Float32, window_weights: WindowWeights) -> None:
    """Average 2x2 windows: `y` (2 * rows, 2 * columns, K) to `out`; `y` is overwritten."""
    sums = y[0::2]
    sums += y[1::2]
    np.add(sums[:, 0::2], sums[:, 1::2], out=out)
    out *= window_weights[0] * window_weights[1]


def max_pool(y: Float32, out: Float32, passes: Bools) -> None:
    """Take the largest of 2x2 windows, and note which corner it was.

    Parameters
    ----------
    y : (2 * rows, 2 * columns, K) ndarray of float32
        Behind a ReLU: nothing is negative.
    out : (rows, columns, K) ndarray of float32
    passes : (2 * rows, 2 * columns, K) ndarray of bool
        Becomes true at the first largest corner of each window, unless that is 0.
    """
    top_left, top_right, bottom_left, bottom_right = _corners(y)
    np.maximum(top_left, top_right, out=out)
    np.maximum(out, bottom_left, out=out)
    np.maximum(out, bottom_right, out=out)
    free = out > 0  # windows whose winner has not been found
    for corner, wins in zip(_corners(y), _corners(passes), strict=True):
        np.equal(corner, out, out=wins)
        wins &= free
        free ^= wins


def unpool(grad_y: Float32, passes: Bools, out: Float32) -> None:
    """Pass each window's gradient to those of its corners where it passes.

    Parameters
    ----------
    grad_y : (rows, columns, K) ndarray of float32
        Gradient with respect to the pooled map; for averages, already divided.
    passes : (H, W, K) ndarray of bool
        Where the gradient passes; H and W may exceed the windows by a row and a column that were
        dropped, or fall short of them where the last windows are smaller.
    out : (H, W, K) ndarray of float32
        The gradient before the pool.
    """
    rows, columns = 2 * grad_y.shape[0], 2 * grad_y.shape[1]
    inside = out[:rows, :columns]
    for corner, passing in zip(_corners(inside), _corners(passes[:rows, :columns]), strict=True):
        height, width, _ = corner.shape
        np.multiply(grad_y[:height, :width], passing, out=corner)
    out[rows:] = 0
    out[:, columns:] = 0


def _corners(windows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """View the four corners of 2x2 windows, in reading order, each (rows, columns, K)."""
    return (windows[i::2, j::2] for i in (0, 1) for j in (0, 1))


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
