"""3x3 average pooling on the device; see `backpaint.reference.overlapping_average_pool`."""

import numpy as np

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch
from ..pointwise.windows import pool_arguments, pooled_shape

FILE = "overlapping_pool.cu"


def overlapping_average_pool_forward(x: Array, count_padding: bool) -> Array:
    """Average 3x3 windows around every second pixel, as the reference's function does."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    y = xp().empty(pooled_shape(x, "ceil"), x.dtype)
    launch_overlapping_average_pool_forward(x, count_padding, out=y)
    return y


def launch_overlapping_average_pool_forward(x: Array, count_padding: bool, *, out: Array) -> None:
    """Write each window's average."""
    arguments = (*pool_arguments(x.shape, out.shape), np.int32(count_padding))
    launch(FILE, "overlapping_average_pool_forward", x, out.size, x, out, *arguments)


def overlapping_average_pool_backward(grad_y: Array, x: Array, count_padding: bool) -> Array:
    """Carry a gradient back, as the reference's function does."""
    check_shape("grad_y", grad_y, pooled_shape(x, "ceil"))
    grad_y, x = device_arrays(grad_y, x)
    grad_x = xp().empty_like(x)
    launch_overlapping_average_pool_backward(grad_y, count_padding, out=grad_x)
    return grad_x


def launch_overlapping_average_pool_backward(
    grad_y: Array, count_padding: bool, *, out: Array
) -> None:
    """Write what every pixel collects from the windows that it lies in."""
    arguments = (*pool_arguments(out.shape, grad_y.shape), np.int32(count_padding))
    launch(FILE, "overlapping_average_pool_backward", out, out.size, grad_y, out, *arguments)
