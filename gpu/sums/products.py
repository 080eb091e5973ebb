"""Launch matrix products that sum over positions, on arrays that already exist: x^T y.

A sum is cut into parts, one a block, which a second kernel adds up in a fixed order.  Nothing here
allocates.
"""

from typing import Any, Literal

import numpy as np

from ..device.device import Array
from ..device.kernel import CUDA_TYPES, kernel

GramPrecision = Literal["exact", "tf32"]

FILE = "products.cu"
TILE, TILE_THREADS = 64, 64
ELEMENTS = 32
"""Of a matrix whose parts one block adds up."""
BLOCKS_WANTED = 1024
"""Several for each multiprocessor of a large GPU; a constant, so that the order of a sum, and with
it its last bit, is the same on all of them."""

FEWEST_POSITIONS, MOST_POSITIONS = 256, 4096
"""Of one part: enough to be worth a block; few enough for a plain float32 sum."""


def launch_transposed_product(
    x: Array,
    y: Array,
    out: Array,
    partial: Array,
    *,
    shift: tuple[int, int] = (0, 0),
) -> None:
    """Compute out[c, k] = sum_ij x[i + shift_0, j + shift_1, c] y[i, j, k].

    Parameters
    ----------
    x : (H, W, C) device array
        Zero outside.
    y : (H, W, K) device array
        The dtype of `x`.
    out : (C, K) device array
        Written: float32, or float64.
    partial : device array
        At least `product_workspace` numbers of the dtype of `out`.
    shift : tuple of int
        Rows and columns.
    """
    parts, length = parts_of(x.shape[0] * x.shape[1], all_tiles(x.shape[2], y.shape[2]))
    launch_parts(x, y, partial, length, shift=shift)
    launch_sum_of_parts(x, partial, parts, out)


def launch_parts(
    x: Array,
    y: Array,
    partial: Array,
    length: int,
    *,
    shift: tuple[int, int] = (0, 0),
    precision: GramPrecision = "exact",
    symmetric: bool = False,
) -> None:
    """Write the sum over each `length` positions; arrays are those of `launch_transposed_product`.

    Parameters
    ----------
    precision : {"exact", "tf32"}
        ``tf32`` rounds the operands to 11 significant bits, all that a float16 has, and uses tensor
        cores.  Sums are float32 in both.
    symmetric : bool
        Whether `x` is `y`, unshifted: half of the tiles are enough.
    """
    height, width, rows = x.shape
    columns = y.shape[2]
    tiles = upper_tiles(columns) if symmetric else all_tiles(rows, columns)
    defines = product_defines(x, np.dtype(partial.dtype), precision)
    numbers = (height, width, rows, columns, *shift, length, symmetric)
    kernel(FILE, "transposed_product", **defines)(
        (tiles, -(-height * width // length)),
        (TILE_THREADS,),
        (x, y, partial, *map(np.int32, numbers)),
    )


def launch_sum_of_parts(
    x: Array,
    partial: Array,
    parts: int,
    out: Array,
    *,
    scale: float = 1.0,
    precision: GramPrecision = "exact",
    symmetric: bool = False,
) -> None:
    """Add up so many parts, that `launch_parts` has written for arrays like `x`."""
    rows, columns = out.shape
    real = np.dtype(out.dtype)
    tiles = upper_tiles(columns) if symmetric else all_tiles(rows, columns)
    kernel(FILE, "sum_parts", **product_defines(x, real, precision))(
        (tiles * TILE * TILE // ELEMENTS,),
        (ELEMENTS, 8),
        (
            *(partial, out),
            *map(np.int32, (rows, columns, tiles, parts)),
            real.type(scale),
            np.int32(symmetric),
        ),
    )


def product_workspace(positions: int, rows: int, columns: int) -> int:
    """Return how many numbers `launch_transposed_product` needs for an unsymmetric product."""
    tiles = all_tiles(rows, columns)
    return parts_of(positions, tiles)[0] * tiles * TILE * TILE


def all_tiles(rows: int, columns: int) -> int:
    """Count the tiles of a matrix."""
    return -(-rows // TILE) * -(-columns // TILE)


def upper_tiles(channels: int) -> int:
    """Count the tiles on and above the diagonal of a square matrix."""
    across = -(-channels // TILE)
    return across * (across + 1) // 2


def part_length(positions: int, tiles: int) -> int:
    """Return how many of so many positions are one part of a sum, which one block adds up."""
    length = -(-positions * tiles // BLOCKS_WANTED)
    return min(max(length, FEWEST_POSITIONS), MOST_POSITIONS)


def parts_of(positions: int, tiles: int) -> tuple[int, int]:
    """Cut a sum over positions into parts: how many, and how long each is."""
    length = part_length(positions, tiles)
    return -(-positions // length), length


def product_defines(
    x: Array, real: np.dtype[Any], precision: GramPrecision
) -> dict[str, int | str]:
    """Return how `products.cu` is compiled for features like `x` and sums of the type `real`."""
    return {
        "REAL": CUDA_TYPES[str(real)],
        "LOADED": CUDA_TYPES[str(x.dtype)],
        "MODE": precision.upper(),
    }
