"""An array as a graph of the emulated cuDNN describes it; see `cudnn_on_cpu.py`."""

import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .memory import bytes_at

data_type = Enum("data_type", "FLOAT HALF")
_DTYPES: dict[Any, np.dtype[Any]] = {
    data_type.FLOAT: np.dtype(np.float32),
    data_type.HALF: np.dtype(np.float16),
}

Operation = Callable[[dict[int, NDArray[Any]]], NDArray[Any]]
"""Computes a tensor from the graph's inputs, by their numbers."""


class cudnnGraphNotSupportedError(Exception):
    """No plan can do it."""


class Tensor:
    """An array, or the result of an operation, as a graph describes it."""

    def __init__(
        self,
        compute: Operation,
        dim: Sequence[int] = (),
        stride: Sequence[int] = (),
        data_type: Any = None,
        uid: int = -1,
    ) -> None:
        self.compute, self.uid = compute, uid
        self.dim, self.stride, self.data_type = list(dim), list(stride), data_type
        self.is_output = False

    def set_output(self, value: bool) -> "Tensor":
        """Whether it is stored."""
        self.is_output = value
        return self

    def set_data_type(self, data_type: Any) -> "Tensor":
        """Set the data type."""
        self.data_type = data_type
        return self

    def set_dim(self, dim: list[int]) -> "Tensor":
        """Set its shape."""
        self.dim = dim
        return self

    def set_stride(self, stride: list[int]) -> "Tensor":
        """Set the steps along its axes."""
        self.stride = stride
        return self

    def set_uid(self, uid: int) -> "Tensor":
        """Set its number."""
        self.uid = uid
        return self

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's name of its type."""
        return _DTYPES[self.data_type]

    @property
    def nbytes(self) -> int:
        """The memory that it occupies."""
        return math.prod(self.dim) * self.dtype.itemsize

    def check(self) -> None:
        """Refuse what is not packed with the channels (the second axis) innermost."""
        count, channels, height, width = self.dim
        packed = [height * width * channels, 1, width * channels, channels]
        if self.stride != packed or self.uid < 1 or min(self.dim) < 1 or not count:
            raise cudnnGraphNotSupportedError(f"{self.dim} with the strides {self.stride}")

    def read(self, address: int) -> NDArray[np.float64]:
        """Read (rows, columns, ...) numbers, channels last."""
        raw = bytes_at(address, self.nbytes).view(self.dtype)
        count, channels, height, width = self.dim
        return raw.astype(np.float64).reshape(count, height, width, channels)
