"""Caffe's .caffemodel: VGG_ILSVRC_16_layers.caffemodel and VGG_ILSVRC_19_layers.caffemodel.

A protocol buffer: a network of layers, in two generations (V1 as field 2, the later one as 100),
each with a name and blobs, filters first.  Filters are (out, in, h, w), the first layer expects
B, G, R.  Field numbers are those of Caffe's caffe.proto.
"""

from dataclasses import dataclass
from typing import IO

import numpy as np

from ....vgg_weights import OXFORD
from ...assembly.stored import Contents, StoredArray, UnsuitableFileError, library_errors
from ..state_dict import read_state_dict
from ..stored_numbers import byte_count
from .file_bytes import Bytes, whole
from .wire import collected, numbers, packed_integers, text


@dataclass(frozen=True)
class _Generation:
    """The fields of a network's layers, and of a layer's name and arrays."""

    layers: int
    name: int
    blobs: int


GENERATIONS = (_Generation(layers=2, name=4, blobs=6), _Generation(layers=100, name=1, blobs=7))
_PARTS = {2: ("weight", "bias"), 3: ("running_mean", "running_var", "factor")}
"""What the arrays of a layer are, by their number; three are batch normalization's."""

_OLD_SHAPE = (1, 2, 3, 4)
_DATA, _SHAPE, _DOUBLE_DATA = 5, 7, 8


def read(file: IO[bytes]) -> Contents:
    """Read a VGG of Caffe.

    Parameters
    ----------
    file : binary file
        A .caffemodel.

    Returns
    -------
    Contents
        Oxford's mean, which the file does not hold.

    Raises
    ------
    UnsuitableFileError
        If it holds another network, or is damaged.
    """
    with library_errors("it cannot be read"):
        network = collected(whole(file), {generation.layers for generation in GENERATIONS})
        arrays: dict[str, StoredArray] = {}
        for generation in GENERATIONS:
            for message in network[generation.layers]:
                arrays |= _layer(message, generation, arrays)
        return read_state_dict(arrays, OXFORD)


def _layer(
    message: Bytes, generation: _Generation, earlier: dict[str, StoredArray]
) -> dict[str, StoredArray]:
    layer = collected(message, {generation.name, generation.blobs})
    blobs = layer[generation.blobs]
    if not blobs:
        return {}
    name = text(layer[generation.name][-1]) if layer[generation.name] else ""
    parts = _PARTS.get(len(blobs)) or [str(place) for place in range(len(blobs))]
    arrays = {f"{name}.{part}": _blob(blob) for part, blob in zip(parts, blobs, strict=True)}
    if arrays.keys() & earlier.keys():
        raise UnsuitableFileError(f"its layer `{name}` comes twice", "each layer once")
    return arrays


def _blob(message: Bytes) -> StoredArray:
    blob = collected(message, {*_OLD_SHAPE, _DATA, _SHAPE, _DOUBLE_DATA})
    if blob[_SHAPE]:
        shape = packed_integers(collected(blob[_SHAPE][-1], {1})[1])
    else:
        shape = [int(blob[field][-1]) if blob[field] else 1 for field in _OLD_SHAPE]
        # An inner product's (1, 1, out, in); a convolution has more than one output.
        shape = shape[2:] if shape[:2] == [1, 1] else shape
    parts = [(part, "<f4") for part in blob[_DATA]] + [(part, "<f8") for part in blob[_DOUBLE_DATA]]
    if len(parts) != 1 or not isinstance(parts[0][0], Bytes):
        raise UnsuitableFileError("has numbers that are not packed", "packed ones, in one piece")
    part, dtype = parts[0][0], np.dtype(parts[0][1])
    if len(part) != byte_count(shape, dtype):
        raise UnsuitableFileError(
            f"an array of shape {tuple(shape)!r:.80} has {len(part)} bytes", "as many as it needs"
        )
    return StoredArray(tuple(shape), dtype, lambda: numbers(part, dtype, tuple(shape)))
