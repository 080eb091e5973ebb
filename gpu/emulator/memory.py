"""Device memory that notices writes past its ends, and shows reads of what was never written."""

import weakref
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .settings import current

GUARD_BYTES = 1024
ALIGNMENT = 512  # as cudaMalloc's
_GUARD = np.array([0xFD, 0xFF], np.uint8)  # a NaN in every float type, and no small number
_POISON = 0xFF  # likewise, and different


class OutOfMemoryError(MemoryError):
    """An allocation beyond the emulated device's memory, as `cupy.cuda.memory` calls it."""


class Allocation:
    """A block of device memory between two guards.

    Parameters
    ----------
    size : int
        In bytes.  They are filled with poison: a NaN in every float type.

    Raises
    ------
    OutOfMemoryError
        If the emulated device has not so much left.
    """

    def __init__(self, size: int) -> None:
        if used_bytes() + size > current.total_bytes:
            raise OutOfMemoryError(
                f"out of memory allocating {size} bytes (of {current.total_bytes} bytes, "
                f"{used_bytes()} are in use)"
            )
        buffer = np.empty(size + 2 * GUARD_BYTES + 2 * ALIGNMENT, np.uint8)
        start = GUARD_BYTES + -(buffer.ctypes.data + GUARD_BYTES) % ALIGNMENT
        self.bytes = buffer[start : start + size]
        self.before = buffer[start - GUARD_BYTES : start]
        self.after = buffer[start + size : start + size + GUARD_BYTES]
        self.bytes.fill(_POISON)
        self.before[:] = np.resize(_GUARD, GUARD_BYTES)
        self.after[:] = np.resize(_GUARD, GUARD_BYTES)
        _alive.add(self)

    def array(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """See the block as an array."""
        return self.bytes.view(dtype).reshape(shape)

    def overrun(self) -> str | None:
        """Return what was written past an end, if anything."""
        expected = np.resize(_GUARD, GUARD_BYTES)
        for guard, where in ((self.before, "before its start"), (self.after, "past its end")):
            if not np.array_equal(guard, expected):
                first, last = np.flatnonzero(guard != expected)[[0, -1]]
                far = GUARD_BYTES - first if guard is self.before else last + 1
                return f"writes {where}, as far as {far} bytes"
        return None


_alive: "weakref.WeakSet[Allocation]" = weakref.WeakSet()


def bytes_at(address: int, size: int) -> NDArray[np.uint8]:
    """Find the bytes that begin at an address.

    Raises
    ------
    RuntimeError
        If they are not all within one block that is alive.
    """
    for allocation in tuple(_alive):
        offset = address - allocation.bytes.ctypes.data
        if offset >= 0 and offset + size <= allocation.bytes.size:
            return allocation.bytes[offset : offset + size]
    raise RuntimeError(f"{size} bytes at {address:#x} are no memory of the device")


def used_bytes() -> int:
    """Count the bytes of all arrays that are alive."""
    return sum(allocation.bytes.nbytes for allocation in _alive)


class MemoryPool:
    """The part of `cupy.cuda.MemoryPool` that tells how much is in use."""

    def used_bytes(self) -> int:
        """Count the bytes of all arrays that are alive."""
        return used_bytes()

    def total_bytes(self) -> int:
        """Count what the pool holds: nothing is kept back here."""
        return used_bytes()

    def free_all_blocks(self) -> None:
        """Free what no array uses: nothing is kept back here."""
