"""Sum of squared differences on the device; see `backpaint.reference.squared_error`."""

import numpy as np

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch, launch_sum, number, sum_buffers

FILE = "squared_error.cu"


def squared_error_forward(x: Array, target: Array, divisor: float) -> float:
    """Sum squared differences; see `backpaint.reference.squared_error.squared_error_forward`."""
    check_shape("target", target, x.shape)
    x, target = device_arrays(x, target)
    parts, out = sum_buffers(x.size)
    launch_squared_error_forward(x, target, factor=1 / divisor, parts=parts, out=out)
    return number(out)


def launch_squared_error_forward(
    x: Array, target: Array, *, factor: float, parts: Array, out: Array
) -> None:
    """Write ``out[0] = factor * sum((x - target)^2)``; for `parts` see `launch.launch_sum`."""
    arguments = (x, target, parts, np.int64(x.size))
    launch_sum(
        FILE, "squared_error_forward", x, x.size, arguments, factor=factor, parts=parts, out=out
    )


def squared_error_backward(grad_loss: float, x: Array, target: Array, divisor: float) -> Array:
    """Carry a gradient back; see `backpaint.reference.squared_error.squared_error_backward`."""
    check_shape("target", target, x.shape)
    x, target = device_arrays(x, target)
    grad_x = xp().empty_like(x)
    launch_squared_error_backward(x, target, factor=2 * grad_loss / divisor, out=grad_x)
    return grad_x


def launch_squared_error_backward(
    x: Array, target: Array, *, factor: float, out: Array, add: bool = False
) -> None:
    """Write ``factor * (x - target)``, or add it to `out`."""
    arguments = (x, target, out, np.float64(factor), np.int32(add), np.int64(x.size))
    launch(FILE, "squared_error_backward", x, x.size, *arguments)
