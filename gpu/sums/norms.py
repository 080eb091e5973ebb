"""Sums over whole arrays that stay on the device, and a division by one of them."""

import numpy as np

from ..device.device import Array
from ..device.launch import launch, launch_sum

FILE = "norms.cu"


def launch_absolute_sum(x: Array, *, factor: float, parts: Array, out: Array) -> None:
    """Write ``out[0] = factor * sum |x|``; for `parts` see `launch.launch_sum`."""
    arguments = (x, parts, np.int64(x.size))
    launch_sum(FILE, "absolute_sum", x, x.size, arguments, factor=factor, parts=parts, out=out)


def launch_square_sum(x: Array, *, factor: float, parts: Array, out: Array) -> None:
    """Write ``out[0] = factor * sum x^2``: finite where all of a float32 or float16 `x` is."""
    arguments = (x, parts, np.int64(x.size))
    launch_sum(FILE, "square_sum", x, x.size, arguments, factor=factor, parts=parts, out=out)


def launch_divide_by_total(
    x: Array, total: Array, *, factor: float, epsilon: float, out: Array, add: bool = False
) -> None:
    """Write ``factor * x / (total[0] + epsilon)``, or add it to `out`; `out` may be `x`."""
    numbers = (np.float64(factor), np.float64(epsilon), np.int32(add), np.int64(x.size))
    launch(FILE, "divide_by_total", x, x.size, x, total, out, *numbers)
