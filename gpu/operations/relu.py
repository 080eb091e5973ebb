"""ReLU on the device; the mathematics is in `backpaint.reference.relu`."""

import numpy as np

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch

FILE = "relu.cu"


def relu_forward(x: Array) -> Array:
    """Replace negative values by zero; see `backpaint.reference.relu.relu_forward`."""
    (x,) = device_arrays(x)
    y = xp().empty_like(x)
    launch_relu_forward(x, out=y)
    return y


def launch_relu_forward(x: Array, *, out: Array) -> None:
    """Write ``max(x, 0)``; `out` may be `x`."""
    launch(FILE, "relu_forward", x, x.size, x, out, np.int64(x.size))


def relu_backward(grad_y: Array, y: Array) -> Array:
    """Carry a gradient back; see `backpaint.reference.relu.relu_backward`."""
    check_shape("grad_y", grad_y, y.shape)
    grad_y, y = device_arrays(grad_y, y)
    grad_x = xp().empty_like(y)
    launch_relu_backward(grad_y, y, out=grad_x)
    return grad_x


def launch_relu_backward(grad_y: Array, y: Array, *, out: Array) -> None:
    """Write the gradient where `y` is positive, 0 elsewhere; `out` may be `grad_y`."""
    launch(FILE, "relu_backward", y, y.size, grad_y, y, out, np.int64(y.size))
