"""Total variation on the device, in three forms; see `backpaint.reference.total_variation`.

Every launcher takes a picture (H, W, C) and its penalty's options, as the function of its name
does.  Forward it writes ``out[0] = factor * penalty`` with `parts` as scratch, backward
``factor * gradient`` to `out`, or adds it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.launch import (
    device_arrays,
    launch,
    launch_sum,
    number,
    shape_arguments,
    sum_buffers,
)

FILE = "total_variation.cu"

Launch = Callable[..., None]
"""A launcher; takes a picture, the penalty's options, and by name what it writes to."""


def _launch_sum_of_differences(
    name: str, x: Array, mean: bool, *, factor: float, parts: Array, out: Array
) -> None:
    """Write a penalty on single differences."""
    arguments = (x, parts, *shape_arguments(x.shape), *_shares(x.shape, mean))
    launch_sum(FILE, name, x, x.size, arguments, factor=factor, parts=parts, out=out)


def _launch_gradient_of_differences(
    name: str, x: Array, mean: bool, *, factor: float, out: Array, add: bool = False
) -> None:
    """Write its gradient, or add it."""
    arguments = (*shape_arguments(x.shape), *_shares(x.shape, mean, factor), np.int32(add))
    launch(FILE, name, x, x.size, x, out, *arguments)


launch_absolute_variation_forward = partial(
    _launch_sum_of_differences, "absolute_variation_forward"
)
launch_absolute_variation_backward = partial(
    _launch_gradient_of_differences, "absolute_variation_backward"
)
launch_squared_variation_forward = partial(_launch_sum_of_differences, "squared_variation_forward")
launch_squared_variation_backward = partial(
    _launch_gradient_of_differences, "squared_variation_backward"
)


def absolute_variation_forward(x: Array, mean: bool = False) -> float:
    """Sum |dx| + |dy|, as the reference's function does."""
    return penalty_loss(launch_absolute_variation_forward, x, mean)


def absolute_variation_backward(grad_loss: float, x: Array, mean: bool = False) -> Array:
    """Carry a gradient back to the picture, as the reference's function does."""
    return penalty_gradient(launch_absolute_variation_backward, grad_loss, x, mean)


def squared_variation_forward(x: Array, mean: bool = False) -> float:
    """Sum dx^2 + dy^2, as the reference's function does."""
    return penalty_loss(launch_squared_variation_forward, x, mean)


def squared_variation_backward(grad_loss: float, x: Array, mean: bool = False) -> Array:
    """Carry a gradient back to the picture, as the reference's function does."""
    return penalty_gradient(launch_squared_variation_backward, grad_loss, x, mean)


def power_variation_forward(
    x: Array, exponent: float, epsilon: float = 0.0, mean: bool = False, wrap: bool = False
) -> float:
    """Sum (dx^2 + dy^2 + epsilon)^exponent, as the reference's function does."""
    return penalty_loss(launch_power_variation_forward, x, exponent, epsilon, mean, wrap)


def launch_power_variation_forward(
    x: Array,
    exponent: float,
    epsilon: float,
    mean: bool,
    wrap: bool,
    *,
    factor: float,
    parts: Array,
    out: Array,
) -> None:
    """Write the penalty."""
    numbers = (np.float64(exponent), np.float64(epsilon), np.int32(wrap))
    arguments = (x, parts, *shape_arguments(x.shape), *numbers)
    factor /= _pairs(x.shape, wrap) if mean else 1
    name = "power_variation_forward"
    launch_sum(FILE, name, x, x.size, arguments, factor=factor, parts=parts, out=out)


def power_variation_backward(
    grad_loss: float,
    x: Array,
    exponent: float,
    epsilon: float = 0.0,
    mean: bool = False,
    wrap: bool = False,
) -> Array:
    """Carry a gradient back to the picture, as the reference's function does."""
    options = (exponent, epsilon, mean, wrap)
    return penalty_gradient(launch_power_variation_backward, grad_loss, x, *options)


def launch_power_variation_backward(
    x: Array,
    exponent: float,
    epsilon: float,
    mean: bool,
    wrap: bool,
    *,
    factor: float,
    out: Array,
    add: bool = False,
) -> None:
    """Write the gradient, or add it."""
    factor /= _pairs(x.shape, wrap) if mean else 1
    numbers = (np.float64(exponent), np.float64(epsilon), np.int32(wrap), np.float64(factor))
    arguments = (*shape_arguments(x.shape), *numbers, np.int32(add))
    launch(FILE, "power_variation_backward", x, x.size, x, out, *arguments)


def _shares(shape: tuple[int, ...], mean: bool, factor: float = 1.0) -> list[np.float64]:
    """Weigh horizontal and vertical differences: 1, or one over their numbers."""
    height, width, channels = shape
    counts = (height * (width - 1) * channels, (height - 1) * width * channels)
    return [np.float64(factor / (max(count, 1) if mean else 1)) for count in counts]


def _pairs(shape: tuple[int, ...], wrap: bool) -> int:
    """Count the places that have both neighbors."""
    height, width, channels = shape
    return max(1, height * width * channels if wrap else (height - 1) * (width - 1) * channels)


def padded_size(shape: tuple[int, ...]) -> int:
    """Count the elements of a picture with one row and one column more.

    Penalties that look at pairs across the border have a thread for each of them.
    """
    height, width, channels = shape
    return (height + 1) * (width + 1) * channels


def penalty_loss(launch_forward: Launch, x: Array, *options: Any) -> float:
    """Compute a penalty and copy it to the host."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    parts, out = sum_buffers(padded_size(x.shape))
    launch_forward(x, *options, factor=1.0, parts=parts, out=out)
    return number(out)


def penalty_gradient(launch_backward: Launch, grad_loss: float, x: Array, *options: Any) -> Array:
    """Compute a penalty's gradient."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    grad_x = xp().empty_like(x)
    launch_backward(x, *options, factor=grad_loss, out=grad_x)
    return grad_x
