"""The network's first convolution, between a picture's 3 channels and the first features.

It has kernels of its own, in plain float32: so few products leave tensor cores nothing to win.
"""

from functools import partial
from typing import Any, Literal

import numpy as np

from ..device.choice import Choose, Launch, task_name, usual
from ..device.kernel import CUDA_TYPES, kernel
from ..device.launch import is_aligned
from ..pointwise.masks import GROUP
from ..pointwise.windows import RUN_BYTES
from .filters import Filters
from .launch import BIAS, POSITIVE, RELU, Epilogue, epilogue_of, launch_tile, sum_type
from .tiles import FROM_PICTURE, PICTURE_CHANNELS, TO_PICTURE, Tile

FORWARD_STEPS = tuple(BIAS + more for more in (0, RELU, POSITIVE, RELU + POSITIVE))
"""All that ``conv_from_picture`` knows; ``conv_to_picture`` knows none."""

Padding = Literal["zeros", "edge"]
"""What is seen beyond the picture: zeros, or the outermost pixels once more."""

WARPS = 4
"""Of a block of ``add_edge_gradient``, one for each outermost pixel."""


def launch_picture_conv(
    picture: Any,
    filters: Filters,
    out: Any,
    *,
    bias: Any,
    relu: bool = False,
    positive: Any = None,
    scale: float = 1.0,
    padding: Padding = "zeros",
    choose: Choose = usual,
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
        As in `launch.launch_conv`.
    padding : {"zeros", "edge"}
        See `Padding`.
    choose : callable
        What chooses among `tiles.FROM_PICTURE`.
    """
    _check_picture(picture, out, filters.channels_in)
    epilogue = epilogue_of(out, sum_type(filters.values), bias=bias, relu=relu, positive=positive)
    fits = epilogue.steps in FORWARD_STEPS and is_aligned(
        RUN_BYTES, out, epilogue.bias, filters.values
    )
    tiles = _tiles(FROM_PICTURE, out, fits=fits)
    ways = _ways(tiles, picture, filters, out, epilogue, scale, padding)
    written = (out,) if positive is None else (out, positive)
    task = f"conv_from_picture {epilogue.steps}" + " edge" * (padding == "edge")
    choose(task_name(task, picture, out), ways, *written)


def launch_picture_conv_backward(
    grad_y: Any,
    filters: Filters,
    out: Any,
    *,
    scale: float = 1.0,
    padding: Padding = "zeros",
    choose: Choose = usual,
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
    padding : {"zeros", "edge"}
        That of the forward pass.
    choose : callable
        What chooses among `tiles.TO_PICTURE`.
    """
    _check_picture(out, grad_y, filters.channels_out)
    epilogue = epilogue_of(out, sum_type(filters.values))
    fits = epilogue.steps == 0 and is_aligned(RUN_BYTES, grad_y)
    tiles = _tiles(TO_PICTURE, grad_y, fits=fits)
    ways = _ways(tiles, grad_y, filters, out, epilogue, scale)
    choose(task_name("conv_to_picture", grad_y, out), ways, out)
    if padding == "edge":
        _add_edge_gradient(grad_y, filters, out, scale)


def _add_edge_gradient(grad_y: Any, filters: Filters, out: Any, scale: float) -> None:
    """Add to the outermost pixels what belongs to their copies beyond the picture."""
    height, width, channels = grad_y.shape
    rows, columns = min(height, 2), min(width, 2)
    pixels = rows * width + (height - rows) * columns
    real = CUDA_TYPES[str(filters.values.dtype)]
    loaded = CUDA_TYPES[str(grad_y.dtype)]
    kernel("edge_gradient.cu", "add_edge_gradient", REAL=real, LOADED=loaded)(
        (-(-pixels // WARPS),),
        (32 * WARPS,),
        (
            *(grad_y, filters.values, out),
            *map(np.int32, (height, width, channels)),
            sum_type(filters.values).type(scale),
            np.int32(pixels),
        ),
    )


def _ways(
    tiles: tuple[Tile, ...],
    x: Any,
    filters: Filters,
    out: Any,
    epilogue: Epilogue,
    scale: float,
    padding: Padding = "zeros",
) -> dict[str, Launch]:
    """List launches of kernels."""
    defines: dict[str, int | str] = {
        "REAL": CUDA_TYPES[str(filters.values.dtype)],
        "LOADED": CUDA_TYPES[str(x.dtype)],
        "STORED": CUDA_TYPES[str(out.dtype)],
        **({"REPEAT_EDGE": 1} if padding == "edge" else {}),
    }
    return {
        tile.label: partial(
            launch_tile, tile, {**tile.defines, **defines}, x, filters, out, epilogue, scale
        )
        for tile in tiles
    }


def _tiles(tiles: tuple[Tile, ...], features: Any, *, fits: bool) -> tuple[Tile, ...]:
    """List the kernels that fit; all but the first want whole bytes of bits as well."""
    return tiles if fits and features.shape[2] % GROUP == 0 else tiles[:1]


def _check_picture(picture: Any, features: Any, channels: int) -> None:
    if picture.shape != (*features.shape[:2], PICTURE_CHANNELS) or channels != PICTURE_CHANNELS:
        raise ValueError(
            f"a picture {picture.shape} and features {features.shape} do not fit filters of "
            f"{channels} channels"
        )
