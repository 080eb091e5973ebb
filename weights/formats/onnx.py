"""ONNX: the initializers of a model that PyTorch exported, which keep the names of its parameters.

A protocol buffer: the model's graph is field 7, the graph's initializers are field 5.  Field
numbers and types are those of ONNX' onnx.proto.
"""

from collections.abc import Mapping
from typing import IO

import numpy as np

from ..assembly.assemble import Contents, StoredArray, UnsuitableFileError, library_errors
from .state_dict import read_state_dict
from .stored_numbers import byte_count
from .wire import Bytes, collected, numbers, packed_integers, text, whole

GRAPH = 7
_INITIALIZER = 5
_DIMS, _TYPE, _FLOATS, _NAME, _RAW, _DOUBLES, _LOCATION = 1, 2, 4, 8, 9, 10, 14
_DTYPES = {1: "<f4", 10: "<f2", 11: "<f8"}
"""FLOAT, FLOAT16, DOUBLE; others (shapes, zero points) are no weights of a VGG."""


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
    tensor = collected(message, {_DIMS, _TYPE, _FLOATS, _NAME, _RAW, _DOUBLES, _LOCATION})
    kind = tensor[_TYPE][-1] if tensor[_TYPE] else 0
    if kind not in _DTYPES:
        return {}
    name = text(tensor[_NAME][-1]) if tensor[_NAME] else ""
    if name in earlier:
        raise UnsuitableFileError(f"holds `{name}` twice", "each array once")
    if any(tensor[_LOCATION]):
        raise UnsuitableFileError(
            f"`{name}` keeps its numbers in another file", "the numbers themselves"
        )
    dtype, shape = np.dtype(_DTYPES[kind]), tuple(packed_integers(tensor[_DIMS]))
    parts = tensor[_RAW] + tensor[_FLOATS] + tensor[_DOUBLES]
    if len(parts) != 1 or not isinstance(parts[0], Bytes):
        raise UnsuitableFileError(f"`{name}` has numbers in {len(parts)} pieces", "one")
    part = parts[0]
    if len(part) != byte_count(shape, dtype):
        raise UnsuitableFileError(
            f"`{name}` of shape {shape!r:.80} has {len(part)} bytes", "as many as it needs"
        )
    return {name: StoredArray(shape, dtype, lambda: numbers(part, dtype, shape))}
