"""Masks that a forward pass leaves for the way back: bits of ReLUs, winners of pools."""

import numpy as np

from ..device.device import Array
from ..device.launch import launch
from .windows import pool_arguments

FILE = "masks.cu"
GROUP = 8
"""Channels whose bits share a byte."""


def launch_keep_positive(positive: Array, *, out: Array) -> None:
    """Set `out` to 0 where no bit of `positive` is set; see `convolution.launch.launch_conv`."""
    groups = out.size // GROUP
    launch(FILE, "keep_positive", out, groups, positive, out, np.int64(groups))


def launch_note_positive(x: Array, *, positive: Array) -> None:
    """Write in `positive` where `x` is; the convolution kernels do it themselves."""
    groups = x.size // GROUP
    launch(FILE, "note_positive", x, groups, x, positive, np.int64(groups))


def launch_max_pool_with_winners(x: Array, *, winners: Array, out: Array) -> None:
    """Write each window's largest value, and in `winners` (uint8) which of the four it was."""
    arguments = pool_arguments(x.shape, out.shape)
    launch(FILE, "max_pool_with_winners", x, out.size // GROUP, x, out, winners, *arguments)


def launch_unpool_to_winners(
    grad_y: Array, winners: Array, *, positive: Array | None, out: Array
) -> None:
    """Carry a gradient through a max pool, and, with `positive`, through the ReLU before it."""
    arguments = (*pool_arguments(out.shape, grad_y.shape), np.int32(positive is not None))
    bits = winners if positive is None else positive
    groups = out.size // GROUP
    launch(FILE, "unpool_to_winners", out, groups, grad_y, winners, bits, out, *arguments)
