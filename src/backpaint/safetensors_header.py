"""The header of a safetensors file: type, shape and place of each array, in JSON.

The file begins with the header's length (8 bytes, the lowest first); after it come the arrays.
Source: the format's description at huggingface.co/docs/safetensors.
"""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

LONGEST = 1 << 20
"""Bytes of a header that is read."""
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "U8": "|u1",
}
"""NumPy's names of the format's types; it has none for bfloat16."""
CODES = {np.dtype(name): code for code, name in DTYPES.items() if code != "BF16"}


class HeaderError(ValueError):
    """Why a header cannot be used: what was found, and what was expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found, self.expected = found, expected


def header_bytes(
    arrays: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]], metadata: Mapping[str, str]
) -> bytes:
    """Write the header of arrays that follow each other in their order.

    Parameters
    ----------
    arrays : mapping of str to (dtype, shape)
        Of the types in `CODES`.
    metadata : mapping of str to str

    Returns
    -------
    bytes
        Length and header, which ends at a multiple of 8 bytes.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, (dtype, shape) in arrays.items():
        begin, end = end, end + math.prod(shape) * dtype.itemsize
        offsets = [begin, end]
        header[name] = {"dtype": CODES[dtype], "shape": [*shape], "data_offsets": offsets}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # aligned, as the format asks for
    return len(text).to_bytes(8, "little") + text


def read_header(file: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Read a header: whatever its JSON holds, and where the arrays begin.

    Raises
    ------
    HeaderError
        If it is too long, or has a name twice.
    ValueError, RecursionError
        If it is no JSON, or is nested too deeply.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > LONGEST:
        raise HeaderError(f"its header has {length} bytes", "at most a million")
    header: dict[str, Any] = json.loads(file.read(length), object_pairs_hook=_without_repetition)
    return header, 8 + length


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise HeaderError("its header has a name twice", "each once")
    return dict(pairs)
