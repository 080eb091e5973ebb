"""The part of CuPy that `backpaint.gpu` uses, under CuPy's names, on the emulated device."""

from typing import Any

import numpy as np
from numpy import float16, float32, float64, int8, int32, int64, uint8, uint16, uint32, uint64
from numpy.typing import DTypeLike, NDArray

from . import cuda
from .array import empty, ndarray, new
from .memory import MemoryPool
from .raw_module import RawKernel, RawModule
from .streams import forbid_while_capturing

__all__ = [
    "RawKernel",
    "RawModule",
    "asarray",
    "ascontiguousarray",
    "asnumpy",
    "cuda",
    "empty",
    "empty_like",
    "float16",
    "float32",
    "float64",
    "get_default_memory_pool",
    "int8",
    "int32",
    "int64",
    "ndarray",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "zeros",
    "zeros_like",
]


def empty_like(array: ndarray) -> ndarray:
    """Allocate an array of the same shape and type, full of poison."""
    return empty(array.shape, array.dtype)


def zeros(shape: int | tuple[int, ...], dtype: DTypeLike = np.float64) -> ndarray:
    """Allocate an array of zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def zeros_like(array: ndarray) -> ndarray:
    """Allocate an array of zeros of the same shape and type."""
    return zeros(array.shape, array.dtype)


def asarray(value: Any, dtype: DTypeLike | None = None) -> ndarray:
    """Copy an array or a number of the host to the device; a device array stays what it is."""
    if isinstance(value, ndarray):
        return value if dtype is None else value.astype(dtype, copy=False)
    forbid_while_capturing("a host array is copied")
    return new(np.asarray(value, dtype))


def ascontiguousarray(value: Any, dtype: DTypeLike | None = None) -> ndarray:
    """Do as `asarray`, and copy what does not lie in one piece."""
    array = asarray(value, dtype)
    return array if array.flags.c_contiguous else array.copy()


def asnumpy(array: Any, out: Any = None) -> NDArray[Any]:
    """Copy a device array to the host; a host array stays what it is."""
    return array.get(out=out) if isinstance(array, ndarray) else np.asarray(array)


def get_default_memory_pool() -> MemoryPool:
    """Return the pool that arrays come from."""
    return MemoryPool()
