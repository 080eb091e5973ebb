"""The part of CuPy that `backpaint.gpu` uses, under CuPy's names, on the emulated device."""

from typing import Any

import numpy as np
from numpy import float16, float32, float64, int8, int32, int64, uint8, uint16, uint32, uint64
from numpy.typing import DTypeLike, NDArray

from . import cuda
from .array import empty, empty_as, ndarray, new
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


def empty_like(prototype: ndarray) -> ndarray:
    """Allocate an array of the same shape, type and order of axes in memory, full of poison."""
    return empty_as(_of_device(prototype).host, prototype.dtype)


def zeros(shape: int | tuple[int, ...], dtype: DTypeLike = float) -> ndarray:
    """Allocate an array of zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def zeros_like(a: ndarray) -> ndarray:
    """Allocate an array of zeros of the same shape, type and order of axes in memory."""
    array = empty_like(a)
    array.fill(0)
    return array


def asarray(a: Any, dtype: DTypeLike | None = None) -> ndarray:
    """Copy an array or a number of the host to the device; a device array stays what it is.

    Like CuPy, and unlike what a kernel wants, it keeps columns together where the host does.
    """
    if isinstance(a, ndarray):
        return a if dtype is None else a.astype(dtype, copy=False)
    forbid_while_capturing("a host array is copied")
    host = np.asarray(a, dtype)
    return new(host if host.flags.fnc else np.ascontiguousarray(host).reshape(host.shape))


def ascontiguousarray(a: ndarray, dtype: DTypeLike | None = None) -> ndarray:
    """Convert a device array, and copy what does not lie in one piece.

    Raises
    ------
    TypeError
        If it is an array of the host.
    """
    array = asarray(_of_device(a), dtype)
    array = array if array.flags.c_contiguous else array.copy()
    return array if array.ndim else array.ravel()


def asnumpy(a: Any) -> NDArray[Any]:
    """Copy a device array to the host; a host array stays what it is."""
    return a.get() if isinstance(a, ndarray) else np.asarray(a)


def _of_device(a: Any) -> ndarray:
    if not isinstance(a, ndarray):
        raise TypeError(f"a device array is wanted, this is {type(a).__name__}; use asarray")
    return a


def get_default_memory_pool() -> MemoryPool:
    """Return the pool that arrays come from."""
    return MemoryPool()
