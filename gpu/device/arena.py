"""One block of device memory for a plan."""

from collections.abc import Sequence

import numpy as np

from ...engine.leases import Lease, place
from .device import Array, xp


class Arena:
    """The memory, and the arrays in it.

    Parameters
    ----------
    leases : sequence of Lease
        What will be needed, and when.
    block : device array of uint8, optional
        Memory that is large enough; otherwise it is allocated.

    Attributes
    ----------
    nbytes : int
        What they take of the block.
    """

    def __init__(self, leases: Sequence[Lease], block: Array | None = None) -> None:
        offsets, self.nbytes = place(leases)
        self._block = xp().empty(self.nbytes, np.uint8) if block is None else block
        self._arrays = {lease.name: self._cut(lease, offsets[lease.name]) for lease in leases}

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def get(self, name: str) -> Array | None:
        """Give an array, or None where the plan has none of the name."""
        return self._arrays.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def _cut(self, lease: Lease, offset: int) -> Array:
        size = int(np.prod(lease.shape)) * np.dtype(lease.dtype).itemsize
        return self._block[offset : offset + size].view(lease.dtype).reshape(lease.shape)
