"""2x2 average pooling on the device; the mathematics is in `backpaint.reference.average_pool`."""

from ...reference.arrays import check_shape
from ...reference.windows import Edge
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch
from ..pointwise.windows import pool_arguments, pooled_shape

FILE = "pool.cu"


def average_pool_forward(x: Array, edge: Edge) -> Array:
    """Average each window; see `backpaint.reference.average_pool.average_pool_forward`."""
    (x,) = device_arrays(x)
    y = xp().empty(pooled_shape(x, edge), x.dtype)
    launch_average_pool_forward(x, out=y)
    return y


def launch_average_pool_forward(x: Array, *, out: Array) -> None:
    """Write each window's average; `out`'s shape tells the edge."""
    arguments = pool_arguments(x.shape, out.shape)
    launch(FILE, "average_pool_forward", x, out.size, x, out, *arguments)


def average_pool_backward(grad_y: Array, x: Array, edge: Edge) -> Array:
    """Carry a gradient back; see `backpaint.reference.average_pool.average_pool_backward`."""
    check_shape("grad_y", grad_y, pooled_shape(x, edge))
    grad_y, x = device_arrays(grad_y, x)
    grad_x = xp().empty_like(x)
    launch_average_pool_backward(grad_y, out=grad_x)
    return grad_x


def launch_average_pool_backward(grad_y: Array, *, out: Array) -> None:
    """Write each window's gradient to its pixels in equal parts."""
    arguments = pool_arguments(out.shape, grad_y.shape)
    launch(FILE, "average_pool_backward", out, out.size, grad_y, out, *arguments)
