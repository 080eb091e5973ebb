"""Protocol buffers on the wire, as much of them as Caffe's and ONNX's files need.

A message is a row of fields; each is a number (field number * 8 + type of encoding) and a value: an
integer in groups of seven bits, 8 or 4 bytes, or a length and that many bytes, which may be a
message again.  A field that nobody asks for is skipped without being read, so that the numbers of
a network stay in the file until they are wanted.  Source: protobuf.dev, "Encoding".

The file is read, not mapped into memory: a mapped one that becomes shorter ends the process.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_MOST_FIELDS = 10_000
"""Of one message; a network's has one for each layer."""

_MOST_FIELDS_IN_ALL = 100_000
"""Of all messages that are looked into: ten thousand of as many fields would take minutes."""

_LONGEST_VARINT = 10
_LONGEST_TEXT = 1000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}


class WireError(ValueError):
    """The bytes are no message."""


@dataclass
class Budget:
    """How many more fields may be looked at in a file."""

    fields: int = _MOST_FIELDS_IN_ALL

    def spend(self) -> None:
        """Take one field.

        Raises
        ------
        WireError
            If there is none left.
        """
        self.fields -= 1
        if self.fields < 0:
            raise WireError(f"more than {_MOST_FIELDS_IN_ALL} fields")


@dataclass(frozen=True)
class Bytes:
    """Some bytes of a file, of which nothing is read yet.

    Attributes
    ----------
    file : binary file
    begin, end : int
        Where the first one lies, and where the first one behind them.
    budget : Budget
        The whole file's.
    """

    file: IO[bytes]
    begin: int
    end: int
    budget: Budget

    def __len__(self) -> int:
        return self.end - self.begin

    def part(self, begin: int, length: int) -> "Bytes":
        """Take a part, by its place in these bytes; it ends where they do."""
        start = self.begin + begin
        return Bytes(self.file, start, min(start + length, self.end), self.budget)

    def read(self) -> bytes:
        """Read all of them, or fewer from a file that has become shorter."""
        self.file.seek(self.begin)
        return self.file.read(len(self))


def whole(file: IO[bytes]) -> Bytes:
    """Take all of a file."""
    return Bytes(file, 0, file.seek(0, os.SEEK_END), Budget())


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
