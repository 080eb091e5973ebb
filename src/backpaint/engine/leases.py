"""Arrays that share one block of memory, planned before the run.

Every array is needed from one step of the evaluation to another.  Two that are never needed at the
same time may lie in the same place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64
"""Bytes of a cache line."""


@dataclass(frozen=True)
class Lease:
    """An array that is needed for a while.

    Attributes
    ----------
    name : str
    shape : tuple of int
    first, last : int
        The steps between which, both included, its content must stay.
    dtype : type
    """

    name: str
    shape: tuple[int, ...]
    first: int
    last: int
    dtype: type = np.float32

    @property
    def nbytes(self) -> int:
        """Its size, rounded up to whole cache lines."""
        size = int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize
        return -(-size // ALIGNMENT) * ALIGNMENT


def place(leases: Sequence[Lease]) -> tuple[dict[str, int], int]:
    """Find each lease a place, the largest first, each as low as it can lie.

    Parameters
    ----------
    leases : sequence of Lease

    Returns
    -------
    offsets : dict of str to int
        In bytes, by name.
    total : int
        Bytes in all.
    """
    placed: list[tuple[int, Lease]] = []
    for lease in sorted(leases, key=lambda lease: lease.nbytes, reverse=True):
        offset = 0
        for start, other in sorted(placed, key=lambda entry: entry[0]):
            together = lease.first <= other.last and other.first <= lease.last
            if together and start < offset + lease.nbytes and offset < start + other.nbytes:
                offset = start + other.nbytes
        placed.append((offset, lease))
    total = max((offset + lease.nbytes for offset, lease in placed), default=0)
    return {lease.name: offset for offset, lease in placed}, total


class Arena:
    """One block of memory, and the arrays in it.

    Parameters
    ----------
    leases : sequence of Lease
        The arrays.
    allocate : callable
        Returns the block for a number of bytes: an array of uint8, at least as long, of the kind
        that the arrays are to have.

    Attributes
    ----------
    arrays : dict of str to array
        Views of the block, by the names of their leases.
    nbytes : int
        What the arrays take of the block.
    """

    def __init__(self, leases: Sequence[Lease], allocate: Callable[[int], Any]) -> None:
        offsets, self.nbytes = place(leases)
        self._block = allocate(self.nbytes)
        self.arrays = {lease.name: self._cut(lease, offsets[lease.name]) for lease in leases}

    def __getitem__(self, name: str) -> Any:
        return self.arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def get(self, name: str) -> Any | None:
        """Return an array, or None where no lease has the name."""
        return self.arrays.get(name)

    def _cut(self, lease: Lease, offset: int) -> Any:
        size = int(np.prod(lease.shape)) * np.dtype(lease.dtype).itemsize
        return self._block[offset : offset + size].view(lease.dtype).reshape(lease.shape)


def host_block(nbytes: int) -> NDArray[np.uint8]:
    """Allocate memory that begins with a cache line."""
    block = np.empty(nbytes + ALIGNMENT, np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return block[start : start + nbytes]
