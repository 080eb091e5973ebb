"""Two more penalties on rough pictures on the device; see `backpaint.reference.smoothness`.

The launchers are like those of `total_variation.py`.
"""

import numpy as np

from ..device.device import Array
from ..device.launch import launch, launch_sum, shape_arguments
from .total_variation import padded_size, penalty_gradient, penalty_loss

FILE = "smoothness.cu"


def laplacian_variation_forward(x: Array) -> float:
    """Sum squared differences to all neighbors, zero outside, as the reference's function does."""
    return penalty_loss(launch_laplacian_variation_forward, x)


def launch_laplacian_variation_forward(
    x: Array, *, factor: float, parts: Array, out: Array
) -> None:
    """Write the penalty."""
    arguments = (x, parts, *shape_arguments(x.shape))
    name, count = "laplacian_variation_forward", padded_size(x.shape)
    launch_sum(FILE, name, x, count, arguments, factor=factor / 16, parts=parts, out=out)


def laplacian_variation_backward(grad_loss: float, x: Array) -> Array:
    """Carry a gradient back to the picture, as the reference's function does."""
    return penalty_gradient(launch_laplacian_variation_backward, grad_loss, x)


def launch_laplacian_variation_backward(
    x: Array, *, factor: float, out: Array, add: bool = False
) -> None:
    """Write the gradient, or add it."""
    arguments = (*shape_arguments(x.shape), np.float64(factor / 8), np.int32(add))
    launch(FILE, "laplacian_variation_backward", x, x.size, x, out, *arguments)


def nine_point_variation_forward(x: Array) -> float:
    """Average squared differences to eight neighbors, as the reference's function does."""
    return penalty_loss(launch_nine_point_variation_forward, x)


def launch_nine_point_variation_forward(
    x: Array, *, factor: float, parts: Array, out: Array
) -> None:
    """Write the penalty."""
    arguments = (x, parts, *shape_arguments(x.shape), *_nine_point_shares(x.shape))
    name, count = "nine_point_variation_forward", padded_size(x.shape)
    launch_sum(FILE, name, x, count, arguments, factor=factor, parts=parts, out=out)


def nine_point_variation_backward(grad_loss: float, x: Array) -> Array:
    """Carry a gradient back to the picture, as the reference's function does."""
    return penalty_gradient(launch_nine_point_variation_backward, grad_loss, x)


def launch_nine_point_variation_backward(
    x: Array, *, factor: float, out: Array, add: bool = False
) -> None:
    """Write the gradient, or add it."""
    shares = _nine_point_shares(x.shape, factor)
    arguments = (*shape_arguments(x.shape), *shares, np.int32(add))
    launch(FILE, "nine_point_variation_backward", x, x.size, x, out, *arguments)


def _nine_point_shares(shape: tuple[int, ...], factor: float = 1.0) -> list[np.float64]:
    """Weigh straight and diagonal differences: 2/3 and 1/6, over their numbers."""
    straight = shape[0] * shape[1] * shape[2]
    return [np.float64(factor * 2 / 3 / straight), np.float64(factor / 6 / padded_size(shape))]
