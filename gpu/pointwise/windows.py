"""Sizes of what pools make, as kernels take them, and launches with a thread for each 16 bytes."""

from typing import Any

import numpy as np

from ...reference.windows import Edge, pooled_length
from ..device.device import Array
from ..device.kernel import kernel
from ..device.launch import THREADS, is_aligned, real, shape_arguments

Shape = tuple[int, int, int]

RUN_BYTES = 16
"""The most that a thread loads or stores in one instruction."""
MOST_ROWS = 2**16 - 1
"""Blocks of a grid along its second axis."""


def pooled_shape(x: Array, edge: Edge) -> Shape:
    """Return the shape of 2x2 pooling's result.

    Raises
    ------
    ValueError
        If `x` has no three axes, or not even one window fits.
    """
    if x.ndim != 3:
        raise ValueError(f"x has the shape {x.shape}; expected (H, W, C)")
    height, width, channels = x.shape
    rows, columns = pooled_length(height, edge), pooled_length(width, edge)
    if rows == 0 or columns == 0:
        raise ValueError(
            f"an image of {height} x {width} is too small for 2x2 pooling with edge {edge}"
        )
    return rows, columns, channels


def pool_arguments(x_shape: Shape, y_shape: Shape) -> tuple[np.int32, ...]:
    """Return height, width, channels, rows, columns as the kernels of all pools take them."""
    return shape_arguments((*x_shape, *y_shape[:2]))


def runs_fit(*features: Array) -> bool:
    """Whether features (H, W, C) can be loaded and stored 16 bytes at a time."""
    return is_aligned(RUN_BYTES, *features) and all(
        x.shape[2] * x.itemsize % RUN_BYTES == 0 and x.shape[0] <= MOST_ROWS for x in features
    )


def launch_runs(name: str, of: Array, windows: Shape, *arguments: Any) -> None:
    """Launch a kernel of ``pool_runs.cu`` with a thread for each 16 bytes of each window.

    Parameters
    ----------
    name : str
    of : device array
        Its dtype is what the kernel is compiled for.
    windows : (int, int, int)
        Rows and columns of windows, and channels.
    *arguments
        For the kernel.
    """
    rows, columns, channels = windows
    runs = columns * channels * of.itemsize // RUN_BYTES
    kernel("pool_runs.cu", name, **real(of))((-(-runs // THREADS), rows), (THREADS,), arguments)


def windows_of(x_shape: Shape) -> Shape:
    """Count all windows of an image, with those that an edge may drop, and its channels."""
    height, width, channels = x_shape
    return -(-height // 2), -(-width // 2), channels
