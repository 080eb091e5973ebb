"""Launch the convolution kernels on arrays that already exist: what the engine is made of.

Nothing here allocates, so that everything can be captured in a CUDA graph.  `conv_filters.py`
prepares the filters beforehand; `conv.py` has the same operation under the names of `reference/`.
"""

from typing import Any

import numpy as np

from .conv_filters import Filters, Precision, prepare_filters
from .conv_tiles import (
    PICTURE_BACKWARD,
    PICTURE_CHANNELS,
    PICTURE_FORWARD,
    ROW_BYTES,
    TILE_COLUMNS,
    Tile,
    choose_tile,
)
from .device import kernel
from .tensor_map import tensor_map

__all__ = [
    "Filters",
    "Precision",
    "launch_conv",
    "launch_picture_conv",
    "launch_picture_conv_backward",
    "prepare_filters",
]

BIAS, ADD, RELU, POSITIVE, MASK = 1, 2, 4, 8, 16
"""As `Step` in `kernels/conv_epilogue.cuh`."""

CUDA_TYPES = {"float16": "__half", "float32": "float", "float64": "double"}
STORED_TYPES = {"split": ("float32",), "tf32": ("float32",), "fast": ("float16",)}


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
        One of `conv_tiles.possible_tiles`; by default `conv_tiles.choose_tile` takes one.

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
    steps, pointers = _steps(out, bias, add, relu, positive, mask, _real(filters.values))
    _launch(tile, defines, x, filters, out, pointers, scale, steps, numbers)


def launch_picture_conv(
    picture: Any,
    filters: Filters,
    out: Any,
    *,
    bias: Any,
    relu: bool = False,
    positive: Any = None,
    scale: float = 1.0,
) -> None:
    """Compute the network's first convolution, which has 3 channels in.

    Parameters
    ----------
    picture : (H, W, 3) device array
        float32 or float64.
    filters : Filters
        ``prepare_filters(w, "exact")`` of (3, 3, 3, K) filters with the dtype of `picture`.
    out : (H, W, K) device array
        Written: the dtype of `picture`, or float16.
    bias : (K,) device array
        The dtype of `picture`.
    relu, positive, scale
        As in `launch_conv`.
    """
    _check_picture(picture, out, filters.channels_in)
    tile = PICTURE_FORWARD
    defines = {**tile.defines, **_types(filters, picture, out)}
    steps, pointers = _steps(out, bias, None, relu, positive, None, _real(filters.values))
    _launch(tile, defines, picture, filters, out, pointers, scale, steps, ())


def launch_picture_conv_backward(
    grad_y: Any, filters: Filters, out: Any, *, scale: float = 1.0
) -> None:
    """Carry the gradient of the first convolution to the picture.

    Parameters
    ----------
    grad_y : (H, W, K) device array
        Incoming gradient: the dtype of `out`, or float16.
    filters : Filters
        ``prepare_filters(w, "exact", turned=True)`` of the (3, 3, 3, K) filters of the forward
        pass, with the dtype of `out`.
    out : (H, W, 3) device array
        Written: float32 or float64.
    scale : float
        The result is multiplied by it (one over the gradient's scale, for scaled float16).
    """
    _check_picture(out, grad_y, filters.channels_out)
    tile = PICTURE_BACKWARD
    defines = {**tile.defines, **_types(filters, grad_y, out)}
    steps, pointers = _steps(out, None, None, False, None, None, _real(filters.values))
    _launch(tile, defines, grad_y, filters, out, pointers, scale, steps, ())


def _launch(
    tile: Tile,
    defines: dict[str, int | str],
    x: Any,
    filters: Filters,
    out: Any,
    pointers: tuple[Any, ...],
    scale: float,
    steps: int,
    numbers: tuple[Any, ...],
) -> None:
    height, width = x.shape[:2]
    bias, add, mask, positive = pointers
    sizes = (height, width, filters.channels_in, filters.channels_out)
    kernel(tile.file, tile.name, **defines)(
        tile.grid(height, width, filters.channels_out),
        (tile.threads,),
        (
            *_operands(tile, x, filters),
            *(bias, add, mask, out, positive),
            *map(np.int32, sizes),
            _real(filters.values).type(scale),
            np.int32(steps),
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


def _steps(
    out: Any, bias: Any, add: Any, relu: bool, positive: Any, mask: Any, real: np.dtype[Any]
) -> tuple[int, tuple[Any, ...]]:
    """Collect what the epilogue does, and its arrays; `out` stands in for those that it lacks."""
    steps = RELU * relu
    pointers = []
    for step, array, dtype in (
        (BIAS, bias, real),
        (ADD, add, out.dtype),
        (MASK, mask, np.uint8),
        (POSITIVE, positive, np.uint8),
    ):
        if array is not None:
            steps |= step
        pointers.append(out.view(dtype) if array is None else array)
    return steps, tuple(pointers)


def _real(values: Any) -> np.dtype[Any]:
    """Tell the type of sums: float64 for float64 filters, else float32."""
    return np.dtype(np.float64 if values.dtype == np.float64 else np.float32)


def _types(filters: Filters, x: Any, out: Any) -> dict[str, int | str]:
    return {
        "REAL": CUDA_TYPES[str(filters.values.dtype)],
        "LOADED": CUDA_TYPES[str(x.dtype)],
        "STORED": CUDA_TYPES[str(out.dtype)],
    }


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


def _check_picture(picture: Any, features: Any, channels: int) -> None:
    if picture.shape != (*features.shape[:2], PICTURE_CHANNELS) or channels != PICTURE_CHANNELS:
        raise ValueError(
            f"a picture {picture.shape} and features {features.shape} do not fit filters of "
            f"{channels} channels"
        )
