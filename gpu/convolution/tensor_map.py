"""Describe an array to Hopper's copy unit (TMA): its address, its shape, the box of one copy."""

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RunError
from ..device.device import Array, is_emulated

# Of the driver's enumerations CUtensorMap...; "CUDA Driver API", section "Tensor Map Object".
DATA_TYPES = {"float16": 6, "float32": 7}
ROUNDED_TO_TF32 = 11
NO_INTERLEAVING, SWIZZLE_128_BYTES, PROMOTE_TO_256_BYTES, ZEROS_OUTSIDE = 0, 3, 3, 0
SWIZZLE = 128
MAP_BYTES, MAP_ALIGNMENT = 128, 128


def tensor_map(array: Array, box: tuple[int, ...], *, rounded: bool = False) -> NDArray[Any]:
    """Describe an array and the box that one copy takes from it, to rows of 128 bytes.

    Parameters
    ----------
    array : device array
        float16 or float32, contiguous.
    box : tuple of int
        Lengths of a box, in the order of the array's axes; the innermost has 128 bytes.
    rounded : bool
        Whether each float32 is rounded to 11 significant bits as it is copied.

    Returns
    -------
    (1,) ndarray of 128 bytes
        To be passed to a kernel by value.  It knows the array's address, not the array.

    Raises
    ------
    RunError
        If the driver refuses.
    """
    innermost_first = box[::-1]
    if is_emulated():
        from ..emulator.tensor_map import tensor_map as emulated

        return emulated(array, innermost_first, SWIZZLE, rounded=rounded)
    room = np.zeros(MAP_BYTES + MAP_ALIGNMENT, np.uint8)
    described = room[-room.ctypes.data % MAP_ALIGNMENT :][:MAP_BYTES]
    rank = array.ndim
    status = ctypes.CDLL("libcuda.so.1").cuTensorMapEncodeTiled(
        ctypes.c_void_p(described.ctypes.data),
        ctypes.c_int(ROUNDED_TO_TF32 if rounded else DATA_TYPES[str(array.dtype)]),
        ctypes.c_uint32(rank),
        ctypes.c_void_p(array.data.ptr),
        (ctypes.c_uint64 * rank)(*array.shape[::-1]),
        (ctypes.c_uint64 * (rank - 1))(*array.strides[-2::-1]),  # the innermost is the element
        (ctypes.c_uint32 * rank)(*innermost_first),
        (ctypes.c_uint32 * rank)(*[1] * rank),  # every element
        *map(
            ctypes.c_int,
            (NO_INTERLEAVING, SWIZZLE_128_BYTES, PROMOTE_TO_256_BYTES, ZEROS_OUTSIDE),
        ),
    )
    if status != 0:
        raise RunError(f"the CUDA driver cannot describe {array.shape} for TMA: error {status}")
    return described.view(f"V{MAP_BYTES}")
