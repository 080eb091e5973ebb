"""What the penalties on rough pictures share on the device: scratch, loss, gradient."""

from collections.abc import Callable
from typing import Any

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.launch import device_arrays, number, parts_of_sum, sum_buffers

Launch = Callable[..., None]
"""A launcher; takes a picture, the penalty's options, and by name what it writes to."""


def places(shape: tuple[int, ...]) -> int:
    """Count the elements of a picture with one row and one column more.

    Penalties that look at pairs across the border have a thread for each of them.
    """
    height, width, channels = shape
    return (height + 1) * (width + 1) * channels


def penalty_parts(shape: tuple[int, ...]) -> int:
    """Tell how many float64 of scratch the sum of any penalty takes for a picture."""
    return parts_of_sum(places(shape))


def penalty_loss(launch_forward: Launch, x: Array, *options: Any) -> float:
    """Compute a penalty and copy it to the host."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    parts, out = sum_buffers(places(x.shape))
    launch_forward(x, *options, factor=1.0, parts=parts, out=out)
    return number(out)


def penalty_gradient(launch_backward: Launch, grad_loss: float, x: Array, *options: Any) -> Array:
    """Compute a penalty's gradient."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    grad_x = xp().empty_like(x)
    launch_backward(x, *options, factor=grad_loss, out=grad_x)
    return grad_x
