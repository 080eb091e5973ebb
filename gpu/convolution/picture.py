"""The network's first convolution, between a picture's 3 channels and the first features.

It has kernels of its own, in plain float32: so few products leave tensor cores nothing to win.
"""

from typing import Any

from ..device.kernel import CUDA_TYPES
from .filters import Filters
from .launch import epilogue_of, launch_tile, sum_type
from .tiles import PICTURE_BACKWARD, PICTURE_CHANNELS, PICTURE_FORWARD


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
        As in `launch.launch_conv`.
    """
    _check_picture(picture, out, filters.channels_in)
    tile = PICTURE_FORWARD
    defines = {**tile.defines, **_types(filters, picture, out)}
    epilogue = epilogue_of(out, sum_type(filters.values), bias=bias, relu=relu, positive=positive)
    launch_tile(tile, defines, picture, filters, out, epilogue, scale)


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
    epilogue = epilogue_of(out, sum_type(filters.values))
    launch_tile(tile, defines, grad_y, filters, out, epilogue, scale)


def _types(filters: Filters, x: Any, out: Any) -> dict[str, int | str]:
    return {
        "REAL": CUDA_TYPES[str(filters.values.dtype)],
        "LOADED": CUDA_TYPES[str(x.dtype)],
        "STORED": CUDA_TYPES[str(out.dtype)],
    }


def _check_picture(picture: Any, features: Any, channels: int) -> None:
    if picture.shape != (*features.shape[:2], PICTURE_CHANNELS) or channels != PICTURE_CHANNELS:
        raise ValueError(
            f"a picture {picture.shape} and features {features.shape} do not fit filters of "
            f"{channels} channels"
        )
