"""Masks that a forward pass leaves for the way back: bits of ReLUs, winners of pools."""

from functools import partial

import numpy as np

from ..device.choice import Choose, task_name, usual
from ..device.device import Array
from ..device.launch import launch
from .windows import launch_runs, pool_arguments, runs_fit, windows_of

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


def launch_max_pool_with_winners(
    x: Array, *, winners: Array, out: Array, choose: Choose = usual
) -> None:
    """Write each window's largest value, and in `winners` (uint8) which of the four it was."""
    arguments = (x, out, winners, *pool_arguments(x.shape, out.shape))
    name, runs = "max_pool_with_winners", "max_pool_runs_with_winners"
    ways = {"groups": partial(launch, FILE, name, x, out.size // GROUP, *arguments)}
    if runs_fit(x, out):
        ways["runs"] = partial(launch_runs, runs, x, out.shape, *arguments)
    choose(task_name(name, x, out), ways, out, winners)


def launch_unpool_to_winners(
    grad_y: Array,
    winners: Array,
    *,
    positive: Array | None,
    out: Array,
    choose: Choose = usual,
) -> None:
    """Carry a gradient through a max pool, and, with `positive`, through the ReLU before it."""
    bits = winners if positive is None else positive
    numbers = (*pool_arguments(out.shape, grad_y.shape), np.int32(positive is not None))
    arguments = (grad_y, winners, bits, out, *numbers)
    name, runs = "unpool_to_winners", "unpool_runs_to_winners"
    ways = {"groups": partial(launch, FILE, name, out, out.size // GROUP, *arguments)}
    if runs_fit(grad_y, out):
        ways["runs"] = partial(launch_runs, runs, out, windows_of(out.shape), *arguments)
    choose(task_name(name + " masked" * (positive is not None), grad_y, out), ways, out)
