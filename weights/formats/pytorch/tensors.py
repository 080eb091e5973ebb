"""The tensors of a PyTorch pickle: names, shapes, and where their numbers lie.

A tensor is a call of ``_rebuild_tensor`` (since PyTorch 0.4, ``_rebuild_tensor_v2``) with a
storage, an offset, a shape and strides.  A storage is a row of numbers beside the pickle.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...assembly.stored import StoredArray, UnsuitableFileError, unreadable
from ..pickle_data import Call, Name, Persistent
from ..stored_numbers import from_bfloat16

_MOST_ELEMENTS = 1 << 28
"""More than fc6 has, 25088 x 4096."""

BFLOAT16 = "torch BFloat16Storage"
_DTYPES = {
    "torch DoubleStorage": "<f8",
    "torch FloatStorage": "<f4",
    "torch HalfStorage": "<f2",
    BFLOAT16: "<u2",
    "torch LongStorage": "<i8",
    "torch IntStorage": "<i4",
    "torch ShortStorage": "<i2",
    "torch CharStorage": "|i1",
    "torch ByteStorage": "|u1",
    "torch BoolStorage": "|b1",
    "torch ComplexFloatStorage": "<c8",
    "torch ComplexDoubleStorage": "<c16",
}
_REBUILD = {
    "torch._utils _rebuild_tensor": range(4, 5),
    "torch._utils _rebuild_tensor_v2": range(6, 8),
}
"""How many arguments each takes."""

_PARAMETER = "torch._utils _rebuild_parameter"


@dataclass(frozen=True)
class Storage:
    """A row of numbers in the file, which tensors are views of."""

    key: str
    kind: str
    size: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type in which a number is stored; bfloat16 as the integer of its bits."""
        return np.dtype(_DTYPES[self.kind])


Fetch = Callable[[Storage, int, int], NDArray[Any]]
"""Reads some numbers of a storage: where they begin, and how many."""


@dataclass(frozen=True)
class Tensor:
    """A view of a storage: from its first number on, with strides counted in numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    problem: UnsuitableFileError | None = None

    def stored_array(self, fetch: Fetch) -> StoredArray:
        """Describe the tensor as an array, of which nothing is read yet."""
        if self.problem is not None:
            return unreadable(self.problem)
        is_bfloat16 = self.storage.kind == BFLOAT16
        count = math.prod(self.shape)

        def read() -> NDArray[Any]:
            numbers = fetch(self.storage, self.offset, count)
            if numbers.size != count:
                raise EOFError(f"storage {self.storage.key} ends early")
            numbers = from_bfloat16(numbers) if is_bfloat16 else numbers
            steps = [stride * numbers.itemsize for stride in self.strides]
            # Within these numbers: `_tensor` has seen that shape and strides reach the last one.
            return np.lib.stride_tricks.as_strided(numbers, self.shape, steps, writeable=False)

        if is_bfloat16:
            return StoredArray(self.shape, np.dtype("<f4"), read, "bfloat16")
        return StoredArray(self.shape, self.storage.dtype, read)


def is_tensor(value: Any) -> bool:
    """Whether a value of a pickle stands for a tensor, of whatever kind."""
    return isinstance(value, Call) and value.function.text.startswith("torch._utils _rebuild_")


def tensor_of(name: str, value: Call) -> Tensor:
    """Check the type of everything that describes a tensor.

    Parameters
    ----------
    name : str
        What the file calls it.
    value : Call
        What the pickle says of it.

    Returns
    -------
    Tensor
        With its `problem`, if its numbers do not lie side by side in the file.

    Raises
    ------
    UnsuitableFileError
        If it is described in no known way.
    """
    if value.function.text == _PARAMETER and value.arguments:
        value = value.arguments[0]
    if not isinstance(value, Call) or value.function.text not in _REBUILD:
        raise UnsuitableFileError(
            f"its tensor {name!r:.80} is of a kind that VGG does not have", "float tensors"
        )
    if len(value.arguments) not in _REBUILD[value.function.text]:
        raise UnsuitableFileError(f"its tensor {name!r:.80} has {len(value.arguments)} parts")
    reference, offset, shape, strides = value.arguments[:4]
    if not (_is_count(offset) and _are_counts(shape) and _are_counts(strides)):
        raise UnsuitableFileError(f"its tensor {name!r:.80} has no proper shape", "numbers")
    storage = _storage(reference)
    problem = _problem(name, storage, offset, shape, strides)
    return Tensor(storage, offset, shape, strides, problem)


def _problem(
    name: str, storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> UnsuitableFileError | None:
    """Explain why a view cannot be read: it must be all numbers of a part of its storage."""
    reach = sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    count = math.prod(shape)
    if reach + 1 != count and count > 0:
        return UnsuitableFileError(f"its tensor {name!r:.80} has gaps", "all numbers side by side")
    if offset + count > storage.size:
        return UnsuitableFileError(f"its tensor {name!r:.80} reaches beyond its storage")
    return None


def _storage(reference: Any) -> Storage:
    """Read ``("storage", FloatStorage, key, device, size)``; before 0.4, also a view or None."""
    match reference.key if isinstance(reference, Persistent) else None:
        case ("storage", Name(kind), str(key), str(), int(size), *view):
            known = kind in _DTYPES and re.fullmatch(r"\w{1,40}", key)
            if known and 0 <= size <= _MOST_ELEMENTS and view in ([], [None]):
                return Storage(key, kind, size)
    raise UnsuitableFileError("holds a tensor of a kind that VGG does not have", "float tensors")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40


def _are_counts(values: Any) -> bool:
    return isinstance(values, tuple) and len(values) <= 8 and all(map(_is_count, values))
