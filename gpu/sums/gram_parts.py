"""Launch the two stages of a Gram matrix, x^T x, on arrays that already exist.

The first sums over parts of all positions, in one of two ways.  The second adds the parts up, as
`products.launch_sum_of_parts` does, or compares the matrix with a target on the way.
"""

from functools import partial

import numpy as np

from ..device.choice import Choose, Launch, task_name, usual
from ..device.device import Array
from ..device.kernel import kernel
from ..device.launch import is_aligned, launch_finish_sum
from .products import (
    ELEMENTS,
    FILE,
    TILE,
    TILE_THREADS,
    GramPrecision,
    launch_parts,
    product_defines,
    upper_tiles,
)

RUN = 4
"""Neighboring channels that a thread of ``gram.cu`` loads at once."""


def launch_gram_parts(
    x: Array, parts: Array, length: int, precision: GramPrecision, choose: Choose = usual
) -> None:
    """Write the upper tiles of x^T x for each `length` positions; see `products.launch_parts`.

    Parameters
    ----------
    x : (H, W, C) device array
        float32, float64 or float16.
    parts : device array
        Written: float32 or float64, tiles of one part after those of another.
    length : int
    precision : {"exact", "tf32"}
    choose : callable
    """
    channels = x.shape[2]
    count = -(-(x.size // channels) // length)
    by_product = partial(launch_parts, x, x, parts, length, precision=precision, symmetric=True)
    ways: dict[str, Launch] = {"transposed_product": by_product}
    runs_fit = channels % RUN == 0 and is_aligned(RUN * x.itemsize, x)
    if runs_fit and x.dtype != np.float64:
        ways["gram_parts"] = partial(_launch_symmetric, x, parts, count, length, precision)
    written = parts[: count * upper_tiles(channels) * TILE * TILE]
    choose(task_name(f"gram_parts {precision} {length}", x), ways, written)


def _launch_symmetric(
    x: Array, parts: Array, count: int, length: int, precision: GramPrecision
) -> None:
    channels = x.shape[2]
    defines = product_defines(x, np.dtype(parts.dtype), precision)
    kernel("gram.cu", "gram_parts", **defines)(
        (upper_tiles(channels), count),
        (TILE_THREADS,),
        (x, parts, *map(np.int32, (x.size // channels, channels, length))),
    )


def launch_sum_and_compare(
    x: Array,
    parts: Array,
    count: int,
    out: Array,
    *,
    scale: float,
    precision: GramPrecision,
    target: Array,
    grad_out: Array,
    factor: float,
    squares: Array,
    square_sum: Array,
) -> None:
    """Add up so many parts, and compare the matrix with a target.

    Parameters
    ----------
    x, parts, count, out, scale, precision
        As of `products.launch_sum_of_parts`, which writes the same bits.
    target : (C, C) device array
        Symmetric bit for bit.
    grad_out : (C, C) device array
        Written: ``factor * (out - target)``.
    factor : float
    squares : (comparing_blocks(C) or more,) device array of float64
        Scratch.
    square_sum : (1,) device array of float64
        Written: ``sum((out - target)^2)``.
    """
    channels, real = len(out), np.dtype(out.dtype)
    blocks = comparing_blocks(channels)
    kernel(FILE, "sum_parts_and_compare", **product_defines(x, real, precision))(
        (blocks,),
        (ELEMENTS, 8),
        (
            *(parts, target, out, grad_out, squares),
            *map(np.int32, (channels, upper_tiles(channels), count)),
            real.type(scale),
            np.float64(factor),
        ),
    )
    launch_finish_sum(squares, blocks, factor=1.0, out=square_sum)


def comparing_blocks(channels: int) -> int:
    """Count the blocks, and so the sums, of `launch_sum_and_compare`."""
    return upper_tiles(channels) * TILE * TILE // ELEMENTS
