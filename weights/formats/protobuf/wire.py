"""Protocol buffers on the wire, as much of them as Caffe's and ONNX's files need.

A message is a row of fields; each is a number (field number * 8 + type of encoding) and a value: an
integer in groups of seven bits, 8 or 4 bytes, or a length and that many bytes, which may be a
message again.  A field that nobody asks for is skipped without being read, so that the numbers of
a network stay in the file until they are wanted.  Source: protobuf.dev, "Encoding".
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .file_bytes import Bytes, WireError

_MOST_FIELDS = 10_000
"""Of one message; a network's has one for each layer."""

_LONGEST_VARINT = 10
_LONGEST_TEXT = 1000
LONGEST_UINT16 = 3
"""Bytes that an integer of 16 bits takes, at seven bits a byte."""

_BLOCK = 1 << 20
"""Bytes of packed integers that are decoded at once: NumPy needs several times as many."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}


def fields(message: Bytes) -> Iterator[tuple[int, int | Bytes]]:
    """Walk over the fields of a message.

    Parameters
    ----------
    message : Bytes
        All of it.

    Yields
    ------
    number : int
        Of the field.
    value : int or Bytes

    Raises
    ------
    WireError
        If it ends too early, has an unknown encoding, or more fields than any network.
    """
    position = 0
    for _ in range(_MOST_FIELDS):
        if position == len(message):
            return
        message.budget.spend()
        key, position = _varint_at(message, position)
        number, encoding = key >> 3, key & 7
        value: int | Bytes
        if encoding == _VARINT:
            value, position = _varint_at(message, position)
        else:
            if encoding == _BYTES:
                length, position = _varint_at(message, position)
            elif encoding in _FIXED_SIZES:
                length = _FIXED_SIZES[encoding]
            else:
                raise WireError(f"a field of encoding {encoding}")
            if number == 0 or length > len(message) - position:
                raise WireError(f"field {number} ends behind the file")
            value = message.part(position, length)
            position += length
        yield number, value
    raise WireError(f"more than {_MOST_FIELDS} fields")


def packed_integers(values: list[int | Bytes]) -> list[int]:
    """Join the integers of a repeated field, which may be packed into bytes or not."""
    integers: list[int] = []
    for value in values:
        if isinstance(value, int):
            integers.append(value)
            continue
        packed, position = value.part(0, _MOST_FIELDS * _LONGEST_VARINT).read(), 0
        while position < len(packed) and len(integers) < _MOST_FIELDS:
            integer, position = _varint(packed, position)
            integers.append(integer)
    return integers


def packed_uint16(value: Bytes, count: int) -> NDArray[np.uint16]:
    """Decode a repeated field of integers that stand for 16 bits each.

    Parameters
    ----------
    value : Bytes
        Integers in groups of seven bits, one after the other.
    count : int
        How many there must be.

    Returns
    -------
    (count,) ndarray of uint16

    Raises
    ------
    WireError
        If there are more or fewer, or one has more than 16 bits.
    """
    decoded = np.empty(count, np.uint16)
    done = position = 0
    while position < len(value):
        block = np.frombuffer(value.part(position, _BLOCK).read(), np.uint8)
        ends = np.flatnonzero(block < 128)
        if ends.size == 0 or done + ends.size > count:
            raise WireError("an integer does not end, or there are too many")
        decoded[done : done + ends.size] = _uint16s(block, ends)
        done, position = done + ends.size, position + int(ends[-1]) + 1
    if done != count:
        raise WireError(f"{done} integers instead of {count}")
    return decoded


def _uint16s(block: NDArray[np.uint8], ends: NDArray[np.intp]) -> NDArray[np.uint32]:
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > LONGEST_UINT16:
        raise WireError("an integer has more than 16 bits")
    values = np.zeros(ends.size, np.uint32)
    for place in range(LONGEST_UINT16):
        there = lengths > place
        values[there] |= (block[starts[there] + place] & 127).astype(np.uint32) << (7 * place)
    if values.max() > np.iinfo(np.uint16).max:
        raise WireError("an integer has more than 16 bits")
    return values


def collected(message: int | Bytes, wanted: set[int]) -> dict[int, list[Any]]:
    """Sort the values of some fields by number, in the order in which they come.

    Parameters
    ----------
    message : Bytes
        A field's value; an integer is no message, and refused.
    wanted : set of int
        Field numbers; an entry for each is returned.

    Returns
    -------
    dict of int to list
        Integers or bytes.
    """
    if isinstance(message, int):
        raise WireError("a number instead of a message")
    found: dict[int, list[Any]] = {number: [] for number in wanted}
    for number, value in fields(message):
        if number in wanted:
            found[number].append(value)
    return found


def text(value: int | Bytes) -> str:
    """Decode a string field, a name."""
    if isinstance(value, int):
        raise WireError("a number instead of text")
    if len(value) > _LONGEST_TEXT:
        raise WireError(f"a name of {len(value)} bytes")
    return value.read().decode()


def numbers(value: Bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Read a field's bytes as numbers."""
    array = np.empty(shape, dtype)
    value.file.seek(value.begin)
    if value.file.readinto(array.reshape(-1).view(np.uint8).data) != len(value):  # type: ignore[attr-defined]
        raise EOFError("the file has become shorter")
    return array


def _varint_at(message: Bytes, position: int) -> tuple[int, int]:
    """Decode an integer of a message; return it, and where it ends."""
    integer, length = _varint(message.part(position, _LONGEST_VARINT).read(), 0)
    return integer, position + length


def _varint(packed: bytes, position: int) -> tuple[int, int]:
    """Decode seven bits a byte, the lowest first; return the integer and where it ends."""
    integer = 0
    for count, byte in enumerate(packed[position : position + _LONGEST_VARINT]):
        integer |= (byte & 127) << (7 * count)
        if byte < 128:
            return integer, position + count + 1
    raise WireError("an integer does not end")
