"""Scratch memory of the convolutions: planned once, used by one layer after the other."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Scratch:
    """The number of floats that a step needs.

    Attributes
    ----------
    first, second : int
        Two halves for each thread, which take turns as input and output of a transform.
    shared : int
        For all threads together; lies among the maps, which leave room for it in most steps.
    """

    first: int = 0
    second: int = 0
    shared: int = 0

    def __or__(self, other: "Scratch") -> "Scratch":
        """Enough for either step."""
        return Scratch(
            max(self.first, other.first),
            max(self.second, other.second),
            max(self.shared, other.shared),
        )

    def nbytes(self, threads: int) -> int:
        """Count the memory that a workspace of this size takes, without what is shared."""
        return FLOAT_BYTES * threads * (self.first + self.second)


class Workspace:
    """The memory itself.

    Parameters
    ----------
    scratch : Scratch
        Its size.
    threads : int
        For how many slots.

    Attributes
    ----------
    first, second : list of (n,) ndarray of float32
        By slot.
    shared : (n,) ndarray of float32
        That of the step which is running.
    """

    def __init__(self, scratch: Scratch, threads: int) -> None:
        self.first = [np.empty(scratch.first, np.float32) for _ in range(threads)]
        self.second = [np.empty(scratch.second, np.float32) for _ in range(threads)]
        self.shared = np.empty(0, np.float32)


def carve(flat: Float32, *shapes: tuple[int, ...]) -> list[Float32]:
    """Cut arrays of these shapes from the beginning of a flat one."""
    arrays, start = [], 0
    for shape in shapes:
        size = math.prod(shape)
        arrays.append(flat[start : start + size].reshape(shape))
        start += size
    return arrays
