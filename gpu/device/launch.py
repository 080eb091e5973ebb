"""Helpers of the launchers of element-wise kernels and of sums."""

from typing import Any

import numpy as np

from .device import Array, to_host, xp
from .kernel import kernel

THREADS = 256
SUM_CHUNK = 8 * THREADS
"""Elements that one block adds up: SUM_PER_THREAD * SUM_THREADS of `kernels/headers/sums.cuh`."""

_DEFINES: dict[str, dict[str, int | str]] = {
    "float16": {"REAL": "__half", "WIDE": "float"},
    "float32": {"REAL": "float"},
    "float64": {"REAL": "double"},
}


def real(array: Array) -> dict[str, int | str]:
    """Return the definitions of a kernel for an array's elements: its ``-DREAL=...``.

    Raises
    ------
    ValueError
        If it is no float.
    """
    if array.dtype.name not in _DEFINES:
        raise ValueError(f"an array has the dtype {array.dtype}; expected float32 or float64")
    return _DEFINES[array.dtype.name]


def device_arrays(*given: Array) -> tuple[Array, ...]:
    """Make arrays what a kernel expects: of one type, the wider of them, and each in one piece."""
    dtype = np.result_type(*(array.dtype for array in given))
    return tuple(xp().ascontiguousarray(array, dtype) for array in given)


def is_aligned(nbytes: int, *arrays: Array) -> bool:
    """Whether all arrays begin where so many bytes can be loaded or stored at once."""
    return all(array.data.ptr % nbytes == 0 for array in arrays)


def launch(file: str, name: str, of: Array, count: int, *arguments: Any) -> None:
    """Launch a kernel with one thread for each of `count` elements.

    Parameters
    ----------
    file, name : str
        See `kernel.kernel`.
    of : device array
        Its dtype is what the kernel is compiled for.
    count : int
        Number of threads that have work.
    *arguments
        For the kernel.
    """
    kernel(file, name, **real(of))((-(-count // THREADS),), (THREADS,), arguments)


def parts_of_sum(count: int) -> int:
    """Return how many float64 the first stage of a sum over `count` elements writes."""
    return -(-count // SUM_CHUNK)


def launch_sum(
    file: str,
    name: str,
    of: Array,
    count: int,
    arguments: tuple[Any, ...],
    *,
    factor: float,
    parts: Array,
    out: Array,
) -> None:
    """Launch both stages of a sum: ``out[0] = factor * sum``, the same bits every time.

    Parameters
    ----------
    file, name, of, count
        As for `launch`.
    arguments : tuple
        For the kernel, with `parts` among them.
    factor : float
        The sum is multiplied by it.
    parts : (parts_of_sum(count) or more,) device array of float64
        Scratch.
    out : (1,) device array of float64
        Written.
    """
    blocks = parts_of_sum(count)
    kernel(file, name, **real(of))((blocks,), (THREADS,), arguments)
    launch_finish_sum(parts, blocks, factor=factor, out=out)


def launch_finish_sum(parts: Array, count: int, *, factor: float, out: Array) -> None:
    """Launch the second stage of a sum, over the first `count` of `parts`; see `launch_sum`."""
    finish = kernel("finish_sum.cu", "finish_sum")
    finish((1,), (THREADS,), (parts, out, np.int32(count), np.float64(factor)))


def sum_buffers(count: int) -> tuple[Array, Array]:
    """Allocate `parts` and `out` for `launch_sum`."""
    empty = xp().empty
    return empty(parts_of_sum(count), np.float64), empty(1, np.float64)


def number(out: Array) -> float:
    """Copy a result of `launch_sum` to the host."""
    return float(to_host(out)[0])


def shape_arguments(shape: tuple[int, ...]) -> tuple[np.int32, ...]:
    """Return lengths as kernels take them."""
    return tuple(np.int32(length) for length in shape)
