"""2x2 max pooling on the device; the mathematics is in `backpaint.reference.max_pool`."""

from ...reference.arrays import check_shape
from ...reference.windows import Edge
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch
from ..pointwise.windows import pool_arguments, pooled_shape

FILE = "pool.cu"


def max_pool_forward(x: Array, edge: Edge) -> Array:
    """Keep the largest of each window; see `backpaint.reference.max_pool.max_pool_forward`."""
    (x,) = device_arrays(x)
    y = xp().empty(pooled_shape(x, edge), x.dtype)
    launch_max_pool_forward(x, out=y)
    return y


def launch_max_pool_forward(x: Array, *, out: Array) -> None:
    """Write each window's largest value; `out`'s shape tells the edge."""
    arguments = pool_arguments(x.shape, out.shape)
    launch(FILE, "max_pool_forward", x, out.size, x, out, *arguments)


def max_pool_backward(grad_y: Array, x: Array, edge: Edge) -> Array:
    """Carry a gradient back; see `backpaint.reference.max_pool.max_pool_backward`."""
    check_shape("grad_y", grad_y, pooled_shape(x, edge))
    grad_y, x = device_arrays(grad_y, x)
    grad_x = xp().empty_like(x)
    launch_max_pool_backward(grad_y, x, out=grad_x)
    return grad_x


def launch_max_pool_backward(grad_y: Array, x: Array, *, out: Array) -> None:
    """Write each window's gradient to its first largest pixel, 0 to the others."""
    arguments = pool_arguments(x.shape, grad_y.shape)
    launch(FILE, "max_pool_backward", x, x.size, grad_y, x, out, *arguments)
