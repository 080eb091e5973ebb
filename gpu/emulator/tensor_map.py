"""The emulated TMA's stand-in for the driver's CUtensorMap."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .array import ndarray

TENSOR_MAP = np.dtype(
    [
        ("base", np.uint64),
        ("lengths", np.int64, 5),
        ("strides", np.int64, 4),
        ("box", np.int32, 5),
        ("element", np.int32),
        ("rank", np.int32),
        ("swizzle", np.int32),
        ("rounded", np.int32),
        ("rest", np.void, 12),
    ]
)
"""As `TensorMap` in `hopper_on_cpu.h`."""


def tensor_map(
    array: ndarray, box: tuple[int, ...], swizzle: int, *, rounded: bool = False
) -> NDArray[Any]:
    """Describe an array and the box that one load takes from it.

    Parameters
    ----------
    array : device array
        Contiguous.
    box : tuple of int
        Lengths of a tile, innermost axis first.
    swizzle : {0, 128}
        Bytes after which the order of 16-byte pieces in shared memory repeats.
    rounded : bool
        Whether each float32 is rounded to 11 bits as it is copied.

    Returns
    -------
    (1,) ndarray of 128 bytes
        To be passed to a kernel by value.

    Raises
    ------
    ValueError
        If TMA cannot load such a box.
    """
    row = box[0] * array.itemsize
    fits = len(box) == array.ndim and row % 16 == 0 and 1 <= min(box) <= max(box) <= 256
    if not fits or (swizzle and row > swizzle):
        raise ValueError(f"TMA cannot load boxes of {box} from the shape {array.shape}")
    *outer, innermost = array.strides
    if innermost != array.itemsize or any(step % 16 for step in (*outer, array.data.ptr)):
        raise ValueError(f"TMA cannot load from an array with the strides {array.strides}")
    described = np.zeros(1, TENSOR_MAP)
    described["base"] = array.data.ptr
    described["lengths"][0, : array.ndim] = array.shape[::-1]
    described["strides"][0, : array.ndim - 1] = array.strides[-2::-1]
    described["box"][0, : array.ndim] = box
    described["element"], described["rank"] = array.itemsize, array.ndim
    described["swizzle"], described["rounded"] = swizzle, rounded
    return described
