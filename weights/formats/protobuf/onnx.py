"""ONNX: the initializers of a model that PyTorch exported, which keep the names of its parameters.

A protocol buffer: the model's graph is field 7, the graph's initializers are field 5.  Numbers are
bytes (``raw_data``), or lie in the field of their type: 32 and 64 bits as they are, 16 bits as the
integers of their bits, in ``int32_data``.  Field numbers and types are those of ONNX' onnx.proto.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ...assembly.stored import (
    Contents,
    StoredArray,
    UnsuitableFileError,
    library_errors,
    unreadable,
)
from ..state_dict import read_state_dict
from ..stored_numbers import byte_count, from_bfloat16
from .file_bytes import Bytes, whole
from .wire import LONGEST_UINT16, collected, numbers, packed_integers, packed_uint16, text

GRAPH = 7
_INITIALIZER = 5
_DIMS, _TYPE, _FLOATS, _INTEGERS, _NAME, _RAW, _DOUBLES, _LOCATION = 1, 2, 4, 5, 8, 9, 10, 14


@dataclass(frozen=True)
class _Kind:
    """A type of numbers: how they lie in ``raw_data``, and which field may hold them instead."""

    dtype: str
    field: int
    stored_as: str = ""


_KINDS = {
    1: _Kind("<f4", _FLOATS),
    10: _Kind("<f2", _INTEGERS),
    11: _Kind("<f8", _DOUBLES),
    16: _Kind("<u2", _INTEGERS, "bfloat16"),
}
"""FLOAT, FLOAT16, DOUBLE, BFLOAT16; others (shapes, zero points) are no weights of a VGG."""


def read(file: IO[bytes]) -> Contents:
    """Read a VGG from the initializers of a model.

    Parameters
    ----------
    file : binary file
        An .onnx file.

    Returns
    -------
    Contents
        The first layer tells what the network expects to see.

    Raises
    ------
    UnsuitableFileError
        If it holds another network, keeps numbers in other files, or is damaged.
    """
    with library_errors("it cannot be read"):
        arrays: dict[str, StoredArray] = {}
        for graph in collected(whole(file), {GRAPH})[GRAPH]:
            for message in collected(graph, {_INITIALIZER})[_INITIALIZER]:
                arrays |= _tensor(message, arrays)
        return read_state_dict(arrays)


def _tensor(message: Bytes, earlier: Mapping[str, StoredArray]) -> dict[str, StoredArray]:
    wanted = {_DIMS, _TYPE, _FLOATS, _INTEGERS, _NAME, _RAW, _DOUBLES, _LOCATION}
    tensor = collected(message, wanted)
    kind = _KINDS.get(tensor[_TYPE][-1] if tensor[_TYPE] else 0)
    if kind is None:
        return {}
    name = text(tensor[_NAME][-1]) if tensor[_NAME] else ""
    if name in earlier:
        raise UnsuitableFileError(f"holds `{name}` twice", "each array once")
    if any(tensor[_LOCATION]):
        return {
            name: unreadable(
                UnsuitableFileError(
                    f"`{name}` keeps its numbers in another file", "the numbers themselves"
                )
            )
        }
    parts = tensor[_RAW] + tensor[kind.field]
    if len(parts) != 1 or not isinstance(parts[0], Bytes):
        raise UnsuitableFileError(f"`{name}` has numbers in {len(parts)} pieces", "one")
    shape = tuple(packed_integers(tensor[_DIMS]))
    is_packed = not tensor[_RAW] and kind.field == _INTEGERS
    return {name: _stored_array(name, parts[0], kind, shape, is_packed)}


def _stored_array(
    name: str, part: Bytes, kind: _Kind, shape: tuple[int, ...], is_packed: bool
) -> StoredArray:
    """Describe numbers as they are, or of which each is the integer of its bits (`is_packed`)."""
    dtype = np.dtype(kind.dtype)
    size = byte_count(shape, dtype)
    count = size // dtype.itemsize
    if not (count <= len(part) <= LONGEST_UINT16 * count if is_packed else len(part) == size):
        raise UnsuitableFileError(
            f"`{name}` of shape {shape!r:.80} has {len(part)} bytes", "as many as it needs"
        )

    def read() -> NDArray[Any]:
        if is_packed:
            array = packed_uint16(part, count).view(dtype).reshape(shape)
        else:
            array = numbers(part, dtype, shape)
        return from_bfloat16(array) if kind.stored_as else array

    known = np.dtype("<f4") if kind.stored_as else dtype
    return StoredArray(shape, known, read, kind.stored_as)
