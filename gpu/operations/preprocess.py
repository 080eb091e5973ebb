"""The map from picture to network input on the device; see `backpaint.reference.preprocess`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reference.arrays import check_shape
from ...reference.preprocess import Order, Triple
from ..device.device import Array, xp
from ..device.launch import device_arrays, launch

FILE = "preprocess.cu"
CHANNEL_MAP = np.dtype(
    [("scale", np.float64, 3), ("offset", np.float64, 3), ("order", np.int32, 3)], align=True
)
"""As `ChannelMap` in the kernel's file."""


def preprocess_forward(x: Array, scale: Triple, offset: Triple, order: Order) -> Array:
    """Scale, shift and order; see `backpaint.reference.preprocess.preprocess_forward`."""
    check_shape("x", x, (None, None, 3))
    (x,) = device_arrays(x)
    y = xp().empty_like(x)
    launch_preprocess_forward(x, scale, offset, order, out=y)
    return y


def launch_preprocess_forward(
    x: Array, scale: Triple, offset: Triple, order: Order, *, out: Array
) -> None:
    """Write ``(x * scale + offset)[..., order]``; `out` must not be `x`."""
    pixels = x.size // 3
    arguments = (x, out, _channel_map(scale, offset, order), np.int64(pixels))
    launch(FILE, "preprocess_forward", x, pixels, *arguments)


def preprocess_backward(grad_y: Array, scale: Triple, order: Order) -> Array:
    """Carry a gradient back; see `backpaint.reference.preprocess.preprocess_backward`."""
    check_shape("grad_y", grad_y, (None, None, 3))
    (grad_y,) = device_arrays(grad_y)
    grad_x = xp().empty_like(grad_y)
    launch_preprocess_backward(grad_y, scale, order, out=grad_x)
    return grad_x


def launch_preprocess_backward(grad_y: Array, scale: Triple, order: Order, *, out: Array) -> None:
    """Write the gradient with respect to the picture; `out` must not be `grad_y`."""
    pixels = out.size // 3
    arguments = (grad_y, out, _channel_map(scale, (0.0, 0.0, 0.0), order), np.int64(pixels))
    launch(FILE, "preprocess_backward", out, pixels, *arguments)


def _channel_map(scale: Triple, offset: Triple, order: Order) -> NDArray[Any]:
    """Pack what a kernel takes by value."""
    return np.array([(scale, offset, order)], CHANNEL_MAP)
