"""Sizes of what pools make, as kernels take them."""

import numpy as np

from ...reference.windows import Edge, pooled_length
from ..device.device import Array
from ..device.launch import shape_arguments

Shape = tuple[int, int, int]


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
