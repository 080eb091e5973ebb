"""Launches of the convolution kernels on arrays that already exist.

Nothing here allocates, so that everything can be captured in a CUDA graph.  `filters.py` prepares
the filters beforehand, `picture.py` launches the first layer, and `operations/conv.py` has the
same operation under the names of `reference/`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..device.kernel import CUDA_TYPES, kernel
from .filters import Filters
from .tensor_map import tensor_map
from .tiles import ROW_BYTES, TILE_COLUMNS, Tile, choose_tile

STORED_TYPES = {"split": ("float32",), "tf32": ("float32",), "fast": ("float16",)}

BIAS, ADD, RELU, POSITIVE, MASK = 1, 2, 4, 8, 16
"""As `Step` in `kernels/headers/conv_epilogue.cuh`."""


def launch_conv(
    x: Any,
    filters: Filters,
    out: Any,
    *,
    bias: Any = None,
    add: Any = None,
    relu: bool = False,
    positive: Any = None,
    mask: Any = None,
    scale: float = 1.0,
    input_scale: float = 1.0,
    tile: Tile | None = None,
) -> None:
    """Convolve, and do to each sum what the next step needs before it is stored.

    In this order, each step only if asked for::

        y = scale * conv(x, filters) + bias
        y = y + add
        y = max(y, 0)                                                       (relu)
        y = y where mask is set, 0 elsewhere                                (mask)
        out = y                          and positive = (y > 0), one bit each

    A forward layer uses `bias`, `relu` and `positive`.  The gradient's way back uses turned
    filters, `mask` (the bits that the layer below stored in `positive`) and, where a loss looks at
    the layer below after its ReLU, `add` (that loss's own gradient, which may be in `out` already:
    ``add=out`` is allowed).  A loss that looks before the ReLU adds its gradient to `out` later.

    Parameters
    ----------
    x : (H, W, C) device array
        Features or an incoming gradient: float32 (``exact``, ``split``, ``tf32``), float64
        (``exact``) or float16 (``fast``).
    filters : Filters
        From `prepare_filters`; they decide the precision.
    out : (H, W, K) device array
        Written; the dtype of `x`.  Must not overlap `x`.
    bias : (K,) device array, optional
        float32, or float64 with float64 `x`.
    add : (H, W, K) device array, optional
        The dtype of `out`; may be `out` itself.
    relu : bool
        Whether negative results become 0.
    positive : (H, W, K / 8) device array of uint8, optional
        Written: bit ``k % 8`` of byte ``k // 8`` tells whether ``out[i, j, k] > 0``.  K must be a
        multiple of 8.
    mask : (H, W, K / 8) device array of uint8, optional
        Bits as in `positive`.
    scale : float
        For scaled float16 features: the output's scale over the input's.  `bias` and `add` are
        expected in the output's scale.
    input_scale : float
        For ``split`` alone: a power of two that `x` is multiplied by before it is cut into float16
        pieces (and divided by in the end).  ``max|input_scale * x|`` must stay below 65504; below
        1/8 or so, numbers begin to lose digits.
    tile : Tile, optional
        One of `tiles.possible_tiles`; by default `tiles.choose_tile` takes one.

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit the filters.
    """
    height, width = _check(x, filters, out)
    if tile is None:
        tile = choose_tile(filters.precision, height, width, filters.channels_out)
    defines: dict[str, int | str] = dict(tile.defines)
    numbers: tuple[Any, ...] = ()
    if filters.precision == "exact":
        defines["REAL"] = CUDA_TYPES[str(x.dtype)]
    else:
        scale /= filters.scale * input_scale
        numbers = () if tile.hopper else (np.float32(input_scale),)
    epilogue = epilogue_of(out, sum_type(filters.values), bias, add, relu, positive, mask)
    launch_tile(tile, defines, x, filters, out, epilogue, scale, numbers)


def _check(x: Any, filters: Filters, out: Any) -> tuple[int, int]:
    height, width, channels = x.shape
    if channels != filters.channels_in or out.shape != (height, width, filters.channels_out):
        raise ValueError(
            f"x {x.shape} and out {out.shape} do not fit filters from {filters.channels_in} to "
            f"{filters.channels_out} channels"
        )
    fitting = STORED_TYPES.get(filters.precision, (str(filters.values.dtype),))
    if str(x.dtype) not in fitting or out.dtype != x.dtype:
        raise ValueError(
            f"x is {x.dtype} and out {out.dtype}; {filters.precision} filters take {fitting[0]}"
        )
    return height, width


@dataclass(frozen=True)
class Epilogue:
    """The operations on a sum before it is stored.

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


def epilogue_of(
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
        As in `launch_conv`.
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
    epilogue: Epilogue,
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
        As in `launch_conv`.
    epilogue : Epilogue
    scale : float
        Multiplies each sum.
    numbers : tuple of NumPy numbers
        What this kernel alone takes.
    """
    height, width = x.shape[:2]
    if tile.compiles_steps:
        defines = {**defines, "STEPS": epilogue.steps}
    sizes = (height, width, filters.channels_in, filters.channels_out)
    kernel(tile.file, tile.name, **defines)(
        tile.grid(height, width, filters.channels_out),
        (tile.threads,),
        (
            *_operands(tile, x, filters),
            *(epilogue.bias, epilogue.add, epilogue.mask, out, epilogue.positive),
            *map(np.int32, sizes),
            sum_type(filters.values).type(scale),
            np.int32(epilogue.steps),
            *numbers,
        ),
        shared_mem=tile.shared_bytes,
    )


def _operands(tile: Tile, x: Any, filters: Filters) -> tuple[Any, Any]:
    """Return the two arrays that a kernel multiplies, as it reads them."""
    if not tile.hopper:
        return x, filters.values
    slab, rows = ROW_BYTES // x.itemsize, (tile.rows + 2) // tile.cluster
    return (
        tensor_map(x, (rows, TILE_COLUMNS, slab), rounded=tile.rounds_copies),
        tensor_map(filters.values, (1, tile.channels, slab)),
    )


def sum_type(values: Any) -> np.dtype[Any]:
    """Return the type of sums: float64 for float64 filters, else float32."""
    return np.dtype(np.float64 if values.dtype == np.float64 else np.float32)
