"""One launch of a convolution kernel: which arrays and numbers it gets, in which order."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..device.kernel import kernel
from .filters import Filters
from .tensor_map import tensor_map
from .tiles import ROW_BYTES, TILE_COLUMNS, Tile

BIAS, ADD, RELU, POSITIVE, MASK = 1, 2, 4, 8, 16
"""As `Step` in `kernels/conv_epilogue.cuh`."""

CUDA_TYPES = {"float16": "__half", "float32": "float", "float64": "double"}


@dataclass(frozen=True)
class Epilogue:
    """What is done to a sum before it is stored.

    Attributes
    ----------
    steps : int
        The sum of `BIAS`, `ADD`, ... that are asked for.
    bias, add, mask, positive : device array
        Of steps that are not asked for, any array.
    """

    steps: int
    bias: Any
    add: Any
    mask: Any
    positive: Any


def epilogue(
    out: Any,
    real: np.dtype[Any],
    bias: Any = None,
    add: Any = None,
    relu: bool = False,
    positive: Any = None,
    mask: Any = None,
) -> Epilogue:
    """Collect what a kernel does in the end; `out` stands in for arrays that it does not need.

    Parameters
    ----------
    out : (H, W, K) device array
    real : dtype
        Of sums and of the bias.
    bias, add, relu, positive, mask
        As in `conv_launch.launch_conv`.
    """
    given = ((BIAS, bias), (ADD, add), (MASK, mask), (POSITIVE, positive))
    return Epilogue(
        RELU * relu + sum(step for step, array in given if array is not None),
        bias=out.view(real) if bias is None else bias,
        add=out if add is None else add,
        mask=out.view(np.uint8) if mask is None else mask,
        positive=out.view(np.uint8) if positive is None else positive,
    )


def launch_tile(
    tile: Tile,
    defines: dict[str, int | str],
    x: Any,
    filters: Filters,
    out: Any,
    ending: Epilogue,
    scale: float,
    numbers: tuple[Any, ...] = (),
) -> None:
    """Launch a kernel in one size of tile.

    Parameters
    ----------
    tile : Tile
    defines : dict
        What the kernel is compiled with.
    x, filters, out
        As in `conv_launch.launch_conv`.
    ending : Epilogue
    scale : float
        Multiplies each sum.
    numbers : tuple of NumPy numbers
        What this kernel alone takes.
    """
    height, width = x.shape[:2]
    sizes = (height, width, filters.channels_in, filters.channels_out)
    kernel(tile.file, tile.name, **defines)(
        tile.grid(height, width, filters.channels_out),
        (tile.threads,),
        (
            *_operands(tile, x, filters),
            *(ending.bias, ending.add, ending.mask, out, ending.positive),
            *map(np.int32, sizes),
            sum_type(filters.values).type(scale),
            np.int32(ending.steps),
            *numbers,
        ),
        shared_mem=tile.shared_bytes,
    )


def _operands(tile: Tile, x: Any, filters: Filters) -> tuple[Any, Any]:
    """Give a kernel the two arrays that it multiplies, in the way in which it reads them."""
    if not tile.hopper:
        return x, filters.values
    slab = ROW_BYTES // x.itemsize
    return (
        tensor_map(x, (tile.rows + 2, TILE_COLUMNS, slab)),
        tensor_map(filters.values, (1, tile.channels, slab)),
    )


def sum_type(values: Any) -> np.dtype[Any]:
    """Tell the type of sums: float64 for float64 filters, else float32."""
    return np.dtype(np.float64 if values.dtype == np.float64 else np.float32)
