"""NumPy's .npy with a pickled dictionary of layers: vgg16.npy and vgg19.npy of tensorflow-vgg.

`numpy.save` of a dictionary is an array of one object: a pickle of ``{"conv1_1": [filters,
biases]}``, of ``{"conv1_1": {"weights": ..., "biases": ...}}`` from caffe-tensorflow, or of arrays
under any name that `layer_names` knows.  It is read by `pickle_data`, which calls nothing.  An
array in there is a call of ``_reconstruct`` with a state: version, shape, type, whether the order
is Fortran's, and its bytes (a string in the files of Python 2).
"""

import io
import os
import re
from typing import IO, Any, Literal, cast

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from ..assembly.stored import Contents, Shape, StoredArray, UnsuitableFileError, library_errors
from .pickle_data import Call, Name, read_pickle
from .state_dict import read_state_dict

_EXPECTED = "a dictionary of VGG's layers (vgg16.npy or vgg19.npy)"
_RECONSTRUCT = {"numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct"}
_NUMBERS = re.compile(r"f[248]")
_LARGEST_FILE = 1_200_000_000
"""Bytes; VGG-19 with its head has 1,149,337,920 in float64."""

_LONGEST_HEADER = 1000
"""Bytes; that of a plain array has 118."""


def read(file: IO[bytes]) -> Contents:
    """Read a VGG from a dictionary of arrays.

    Parameters
    ----------
    file : binary file
        A .npy file.

    Returns
    -------
    Contents
        The first layer tells what the network expects to see.

    Raises
    ------
    UnsuitableFileError
        If it holds something else, or is damaged.
    """
    with library_errors("it cannot be read"):
        size = os.fstat(file.fileno()).st_size
        if size > _LARGEST_FILE:  # a pickle's numbers are all read at once
            raise UnsuitableFileError(f"has {size} bytes", f"at most {_LARGEST_FILE}")
        shape, dtype = read_header(file)
        if shape != () or dtype.kind != "O":
            raise UnsuitableFileError(f"holds a single array of {dtype}", _EXPECTED)
        tree = read_pickle(cast(IO[bytes], _Bounded(file, size)))
        return read_state_dict(_arrays(tree))


def read_header(file: IO[bytes]) -> tuple[Shape, np.dtype[Any]]:
    """Read shape and type of an array, and leave the file where its numbers begin.

    Parameters
    ----------
    file : binary file
        Positioned at its first byte.

    Raises
    ------
    UnsuitableFileError
        If the header is too long.
    Exception
        Anything else if it is damaged: to be called within `library_errors`.
    """
    version = npy_format.read_magic(file)
    size = file.read(2 if version == (1, 0) else 4)
    length = int.from_bytes(size, "little")
    if length > _LONGEST_HEADER:  # NumPy would read all of it first
        raise UnsuitableFileError(
            f"has a header of {length} bytes", f"at most {_LONGEST_HEADER}, as of a plain array"
        )
    header = io.BytesIO(size + file.read(length))
    if version == (1, 0):
        shape, _, dtype = npy_format.read_array_header_1_0(header)
    else:
        shape, _, dtype = npy_format.read_array_header_2_0(header)
    return shape, dtype


class _Bounded:
    """A file that is never asked for more than it has: a pickle may announce any length."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size
        self.readline, self.tell = file.readline, file.tell

    def read(self, count: int) -> bytes:
        return self._file.read(min(count, self._size - self._file.tell()))


def _arrays(tree: Any) -> dict[str, StoredArray]:
    match _state(tree):
        case (_, (), _, _, [dict(layers)]):
            pass
        case _:
            raise UnsuitableFileError("holds no dictionary", _EXPECTED)
    arrays: dict[str, StoredArray] = {}
    for name, parts in layers.items():
        match parts:
            case (filters, biases) | [filters, biases]:
                found = {".weight": filters, ".bias": biases}
            case dict():
                found = {f".{part}": value for part, value in parts.items()}
            case Call() if _state(parts) is not None:
                found = {"": parts}
            case str() | int() | float() | None:
                continue
            case _:
                raise UnsuitableFileError(f"its entry {name!r:.80} is no layer", _EXPECTED)
        arrays |= {f"{name}{part}": _array(value) for part, value in found.items()}
    return arrays


def _array(value: Any) -> StoredArray:
    match _state(value):
        case (_, tuple(shape), dtype, bool() | 0 | 1 as is_fortran, numbers):
            order: Literal["F", "C"] = "F" if is_fortran else "C"
            kind, lengths = _dtype(dtype), tuple(length for length in shape if type(length) is int)

            def read_array() -> NDArray[Any]:
                array = np.frombuffer(_bytes(numbers), kind)
                return array.reshape(lengths, order=order)

            if len(lengths) == len(shape):
                return StoredArray(lengths, kind, read_array)
    raise UnsuitableFileError("has a layer that holds no arrays", _EXPECTED)


def _state(value: Any) -> Any:
    """Return what describes an array, or None."""
    is_array = isinstance(value, Call) and value.function.text in _RECONSTRUCT
    return value.state if is_array else None


def _dtype(value: Any) -> np.dtype[Any]:
    """Read ``dtype("f4", ...)`` with the state ``(3, "<", ...)``."""
    match value:
        case Call(Name("numpy dtype"), (str(kind), *_), (_, str(order), *_)):
            if _NUMBERS.fullmatch(kind) and order in "<>":
                return np.dtype(order + kind)
    raise UnsuitableFileError("holds an array of something else", "float16, float32 or float64")


def _bytes(value: Any) -> bytes:
    match value:
        case bytes():
            return value
        case str():  # Python 2 made no difference
            return value.encode("latin-1")
        case Call(Name("_codecs encode"), (str(text), "latin1")):  # protocol 2 of Python 3
            return text.encode("latin-1")
    raise UnsuitableFileError("holds an array without numbers", "all numbers")
