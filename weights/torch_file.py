"""PyTorch's .pth, without PyTorch and without running pickles.

Since PyTorch 1.6 a file is a zip archive: ``data.pkl`` describes the tensors, and the numbers of
each storage lie in an entry ``data/KEY``.  Before (and torchvision's published VGG-16 and VGG-19
are from before), it is five pickles, one behind the other: a magic number, the version, the
machine's sizes, the tensors, the keys of all storages in order; then each storage as its number of
elements (int64) and their bytes.  A tensor is a call of ``_rebuild_tensor`` (since 0.4,
``_rebuild_tensor_v2``) with a storage, an offset, a shape and strides.
"""

import io
import math
import re
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .assemble import Contents, StoredArray, UnsuitableFileError, library_errors
from .pickle_data import Call, Name, Persistent, read_pickle
from .state_dict import read_state_dict

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_LONGEST_PICKLE = 1 << 20
_MOST_ELEMENTS = 1 << 28
"""More than fc6 has, 25088 x 4096."""

_DTYPES = {
    "torch DoubleStorage": "<f8",
    "torch FloatStorage": "<f4",
    "torch HalfStorage": "<f2",
    "torch BFloat16Storage": "<u2",
    "torch LongStorage": "<i8",
    "torch IntStorage": "<i4",
    "torch ShortStorage": "<i2",
    "torch CharStorage": "|i1",
    "torch ByteStorage": "|u1",
}
_REBUILD = {
    "torch._utils _rebuild_tensor": range(4, 5),
    "torch._utils _rebuild_tensor_v2": range(6, 8),
}
_PARAMETER = "torch._utils _rebuild_parameter"
_BFLOAT16 = "torch BFloat16Storage"


@dataclass(frozen=True)
class _Storage:
    """A row of numbers in the file, which tensors are views of."""

    key: str
    kind: str
    size: int

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(_DTYPES[self.kind])


_Fetch = Callable[[_Storage, int, int], NDArray[Any]]
"""Reads some numbers of a storage: where they begin, and how many."""


def read(path: Path) -> Contents:
    """Read the state_dict of a VGG-16 or VGG-19.

    Parameters
    ----------
    path : Path
        A .pth of either form.

    Returns
    -------
    Contents
        Filters of 16 bits become float32, which holds them exactly.

    Raises
    ------
    UnsuitableFileError
        If it holds something else, or is damaged.
    """
    with library_errors("it cannot be read"), ExitStack() as stack:
        if zipfile.is_zipfile(path):
            tree, fetch = _open_archive(stack.enter_context(zipfile.ZipFile(path)))
        else:
            tree, fetch = _open_legacy(path)
        tensors = _tensors(tree)
        contents = read_state_dict(
            {name: _stored_array(tensor, fetch) for name, tensor in tensors.items()}
        )
        halves = all(_storage(tensor).kind == _BFLOAT16 for tensor in tensors.values())
        return replace(contents, precision="bfloat16") if halves else contents


def _open_archive(archive: zipfile.ZipFile) -> tuple[Any, _Fetch]:
    descriptions = [name for name in archive.namelist() if name.endswith("data.pkl")]
    if len(descriptions) != 1 or archive.getinfo(descriptions[0]).file_size > _LONGEST_PICKLE:
        raise UnsuitableFileError(f"has {len(descriptions)} data.pkl, or a large one", "one")
    folder = descriptions[0].removesuffix("data.pkl")
    if f"{folder}byteorder" in archive.namelist():
        with archive.open(f"{folder}byteorder") as entry:
            order = entry.read(10)
        if order != b"little":
            raise UnsuitableFileError(
                "was written by a big-endian machine", "little-endian numbers"
            )

    def fetch(storage: _Storage, start: int, count: int) -> NDArray[Any]:
        entry = archive.getinfo(f"{folder}data/{storage.key}")
        if entry.file_size != storage.size * storage.dtype.itemsize or entry.compress_type:
            raise UnsuitableFileError(
                f"its entry data/{storage.key} has {entry.file_size} bytes, or is compressed",
                f"{storage.size} numbers of {storage.dtype.itemsize} bytes",
            )
        with archive.open(entry) as file:
            file.seek(start * storage.dtype.itemsize)
            return np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype)

    return read_pickle(io.BytesIO(archive.read(descriptions[0]))), fetch


def _open_legacy(path: Path) -> tuple[Any, _Fetch]:
    with path.open("rb") as file:
        start = io.BytesIO(file.read(_LONGEST_PICKLE))
        if read_pickle(start) != _MAGIC or read_pickle(start) != _VERSION:
            raise UnsuitableFileError("does not begin as PyTorch's files do", "a PyTorch file")
        machine, tree, keys = (read_pickle(start) for _ in range(3))
        if not isinstance(machine, dict) or machine.get("little_endian") is not True:
            raise UnsuitableFileError(
                "was written by a big-endian machine", "little-endian numbers"
            )
        sizes = {storage.key: storage for storage in map(_storage, _tensors(tree).values())}
        places: dict[str, int] = {}
        file.seek(start.tell())
        for key in keys:
            size = int.from_bytes(file.read(8), "little")
            if key not in sizes or size != sizes[key].size:
                raise UnsuitableFileError(
                    f"its storage {key!r:.40} has {size} elements, so it is damaged or cut short",
                    "a complete file",
                )
            places[key] = file.tell()
            file.seek(size * sizes[key].dtype.itemsize, io.SEEK_CUR)

    def fetch(storage: _Storage, start: int, count: int) -> NDArray[Any]:
        place = places[storage.key] + start * storage.dtype.itemsize
        return np.fromfile(path, storage.dtype, count, offset=place)

    return tree, fetch


def _tensors(tree: Any) -> dict[str, Call]:
    """Find the tensors of a state_dict, or of a checkpoint that keeps one as ``state_dict``."""
    if isinstance(tree, dict) and isinstance(tree.get("state_dict"), dict):
        tree = tree["state_dict"]
    if isinstance(tree, Call):
        raise UnsuitableFileError(f"holds a pickled {tree.function.text!r:.80}", "a state_dict")
    if not isinstance(tree, dict) or not all(isinstance(key, str) for key in tree):
        raise UnsuitableFileError("holds no dict of tensors", "a state_dict")
    return {name: _rebuild(name, value) for name, value in tree.items()}


def _rebuild(name: str, value: Any) -> Call:
    """Check the type of everything that describes a tensor."""
    if isinstance(value, Call) and value.function.text == _PARAMETER and value.arguments:
        value = value.arguments[0]
    if not isinstance(value, Call) or value.function.text not in _REBUILD:
        called = f" but {value.function.text!r:.80}" if isinstance(value, Call) else ""
        raise UnsuitableFileError(f"its entry {name!r:.80} is no tensor{called}", "a state_dict")
    if len(value.arguments) not in _REBUILD[value.function.text]:
        raise UnsuitableFileError(f"its tensor {name!r:.80} has {len(value.arguments)} parts")
    _, offset, shape, strides = value.arguments[:4]
    if not (_is_count(offset) and _are_counts(shape) and _are_counts(strides)):
        raise UnsuitableFileError(f"its tensor {name!r:.80} has no proper shape", "numbers")
    reach = sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    count = math.prod(shape)
    if reach + 1 != count and count > 0:
        raise UnsuitableFileError(f"its tensor {name!r:.80} has gaps", "all numbers side by side")
    if offset + count > _storage(value).size:
        raise UnsuitableFileError(f"its tensor {name!r:.80} reaches beyond its storage")
    return value


def _storage(tensor: Call) -> _Storage:
    """Read ``("storage", FloatStorage, key, device, size)``; before 0.4, also a view or None."""
    reference = tensor.arguments[0]
    match reference.key if isinstance(reference, Persistent) else None:
        case ("storage", Name(kind), str(key), str(), int(size), *view):
            known = kind in _DTYPES and re.fullmatch(r"\w{1,40}", key)
            if known and 0 <= size <= _MOST_ELEMENTS and view in ([], [None]):
                return _Storage(key, kind, size)
    raise UnsuitableFileError("holds a tensor of a kind that VGG does not have", "float tensors")


def _stored_array(tensor: Call, fetch: _Fetch) -> StoredArray:
    storage = _storage(tensor)
    _, offset, shape, strides = tensor.arguments[:4]
    is_bfloat16 = storage.kind == _BFLOAT16

    def read_array() -> NDArray[Any]:
        numbers = fetch(storage, offset, math.prod(shape))
        if numbers.size != math.prod(shape):
            raise EOFError(f"storage {storage.key} ends early")
        if is_bfloat16:  # the upper half of a float32
            numbers = (numbers.astype("<u4") << 16).view("<f4")
        steps = [stride * numbers.itemsize for stride in strides]
        # Within these numbers: `_rebuild` has seen that shape and strides reach all and no others.
        return np.lib.stride_tricks.as_strided(numbers, shape, steps, writeable=False)

    return StoredArray(shape, np.dtype("<f4") if is_bfloat16 else storage.dtype, read_array)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40


def _are_counts(values: Any) -> bool:
    return isinstance(values, tuple) and len(values) <= 8 and all(map(_is_count, values))
