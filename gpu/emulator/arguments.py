"""The arguments of a launch, checked against the kernel's own types and laid out for it."""

import ctypes
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .array import ndarray
from .memory import Allocation

ALIGNMENT = 64  # enough for every type, a tensor map included


class Arguments:
    """The values of one launch.

    Parameters
    ----------
    types : sequence of str
        The kernel's, as `arguments.h` names them.
    values : sequence
        Device arrays, NumPy numbers, arrays of size 1 for what goes by value.

    Attributes
    ----------
    addresses : ctypes array
        Where each value lies, as ``cuLaunchKernel`` takes them.

    Raises
    ------
    TypeError
        If a value's type is not the kernel's.
    """

    def __init__(self, types: Sequence[str], values: Sequence[Any]) -> None:
        if len(values) != len(types):
            raise TypeError(f"takes {len(types)} arguments, not {len(values)}")
        pieces = [
            _bytes_of(index, value, expected)
            for index, (value, expected) in enumerate(zip(values, types, strict=True))
        ]
        self._values, starts = _laid_out(pieces)
        self.addresses = (ctypes.c_void_p * len(starts))(*starts)
        # Weakly: a graph holds addresses and no arrays, on a device as here.
        self._memory = [
            (index, weakref.ref(value.allocation))
            for index, value in enumerate(values)
            if isinstance(value, ndarray)
        ]

    def allocations(self) -> Iterator[tuple[int, Allocation]]:
        """Yield each array's argument number and memory.

        Raises
        ------
        RuntimeError
            If it is gone.
        """
        for index, reference in self._memory:
            allocation = reference()
            if allocation is None:
                raise RuntimeError(f"argument {index} is an array that is gone")
            yield index, allocation


def _bytes_of(index: int, value: Any, expected: str) -> bytes:
    """Check one value, and give what the kernel finds in its place."""
    found = _type_name(value)
    any_pointer = expected == "void*" or (expected.startswith("struct") and expected[-1] == "*")
    if found != expected and not (any_pointer and isinstance(value, ndarray)):
        raise TypeError(f"argument {index} is {found}; the kernel takes {expected}")
    if not isinstance(value, ndarray):
        return np.asarray(value).tobytes()
    if not value.flags.c_contiguous:
        raise TypeError(f"argument {index} is not contiguous")
    return np.array(value.data.ptr, np.uint64).tobytes()


def _type_name(value: Any) -> str:
    """Name a value's type as `arguments.h` does."""
    if isinstance(value, ndarray):
        return f"{value.dtype}*"
    if isinstance(value, np.ndarray) and value.size == 1:
        return f"struct{value.nbytes}"
    if isinstance(value, np.generic):
        return str(value.dtype)
    return f"{type(value).__name__} (give a NumPy number or a device array)"


def _laid_out(pieces: list[bytes]) -> tuple[np.ndarray[Any, Any], list[int]]:
    """Copy values to one block of memory, each aligned; tell where each begins."""
    room = [-(-max(1, len(piece)) // ALIGNMENT) * ALIGNMENT for piece in pieces]
    block = np.zeros(sum(room) + ALIGNMENT, np.uint8)
    first = -block.ctypes.data % ALIGNMENT
    offsets = [first + sum(room[:i]) for i in range(len(pieces))]
    for offset, piece in zip(offsets, pieces, strict=True):
        block[offset : offset + len(piece)] = np.frombuffer(piece, np.uint8)
    return block, [block.ctypes.data + offset for offset in offsets]
