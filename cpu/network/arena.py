"""One block of memory for all feature maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.leases import ALIGNMENT, Lease, place


class Arena:
    """The memory, and the arrays in it.

    Parameters
    ----------
    leases : sequence of Lease
        What will be needed, and when.

    Attributes
    ----------
    nbytes : int
        Size of the block.
    """

    def __init__(self, leases: Sequence[Lease]) -> None:
        offsets, self.nbytes = place(leases)
        block = np.empty(self.nbytes + ALIGNMENT, np.uint8)
        start = -block.ctypes.data % ALIGNMENT
        self._arrays: dict[str, NDArray[Any]] = {}
        for lease in leases:
            begin = start + offsets[lease.name]
            size = int(np.prod(lease.shape)) * np.dtype(lease.dtype).itemsize
            flat: NDArray[Any] = block[begin : begin + size].view(lease.dtype)
            self._arrays[lease.name] = flat.reshape(lease.shape)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._arrays[name]
