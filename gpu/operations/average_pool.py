"""2x2 average pooling on the device; the mathematics is in `backpaint.reference.average_pool`."""

from functools import partial

import numpy as np

from ...reference.arrays import check_shape
from ...reference.windows import Edge
from ..device.choice import Choose, task_name, usual
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch
from ..pointwise.masks import launch_keep_positive
from ..pointwise.windows import launch_runs, pool_arguments, pooled_shape, runs_fit, windows_of

FILE = "pool.cu"


def average_pool_forward(x: Array, edge: Edge) -> Array:
    """Average each window; see `backpaint.reference.average_pool.average_pool_forward`."""
    (x,) = device_arrays(x)
    y = xp().empty(pooled_shape(x, edge), x.dtype)
    launch_average_pool_forward(x, out=y)
    return y


def launch_average_pool_forward(x: Array, *, out: Array, choose: Choose = usual) -> None:
    """Write each window's average; `out`'s shape tells the edge."""
    arguments = (x, out, *pool_arguments(x.shape, out.shape))
    name, runs = "average_pool_forward", "average_pool_runs_forward"
    ways = {"elements": partial(launch, FILE, name, x, out.size, *arguments)}
    if runs_fit(x, out):
        ways["runs"] = partial(launch_runs, runs, x, out.shape, *arguments)
    choose(task_name(name, x, out), ways, out)


def average_pool_backward(grad_y: Array, x: Array, edge: Edge) -> Array:
    """Carry a gradient back; see `backpaint.reference.average_pool.average_pool_backward`."""
    check_shape("grad_y", grad_y, pooled_shape(x, edge))
    grad_y, x = device_arrays(grad_y, x)
    grad_x = xp().empty_like(x)
    launch_average_pool_backward(grad_y, out=grad_x)
    return grad_x


def launch_average_pool_backward(
    grad_y: Array, *, out: Array, positive: Array | None = None, choose: Choose = usual
) -> None:
    """Write each window's gradient to its pixels in equal parts.

    Parameters
    ----------
    grad_y : (rows, columns, C) device array
    out : (H, W, C) device array
        Written.
    positive : (H, W, C / 8) device array of uint8, optional
        Bits of the ReLU before the pool: where one is not set, 0 is written.
    choose : callable
    """
    name = "average_pool_backward" + " masked" * (positive is not None)
    ways = {"elements": partial(_by_elements, grad_y, positive, out)}
    if runs_fit(grad_y, out):
        ways["runs"] = partial(_by_runs, grad_y, positive, out)
    choose(task_name(name, grad_y, out), ways, out)


def _by_elements(grad_y: Array, positive: Array | None, out: Array) -> None:
    arguments = pool_arguments(out.shape, grad_y.shape)
    launch(FILE, "average_pool_backward", out, out.size, grad_y, out, *arguments)
    if positive is not None:
        launch_keep_positive(positive, out=out)


def _by_runs(grad_y: Array, positive: Array | None, out: Array) -> None:
    bits = out.view(np.uint8) if positive is None else positive
    numbers = (*pool_arguments(out.shape, grad_y.shape), np.int32(positive is not None))
    windows = windows_of(out.shape)
    launch_runs("average_pool_runs_backward", out, windows, grad_y, bits, out, *numbers)
