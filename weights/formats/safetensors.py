"""safetensors: a header in JSON (type, shape and place of each array), then their bytes.

Two kinds are read: converted .pth files, with PyTorch's names and order, and what
``backpaint weights convert`` writes, whose arrays are in this program's order and ready to use.
Source: the format's description at huggingface.co/docs/safetensors.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from ...vgg_weights import Normalization, VGGWeights
from ...whole_file import whole_file
from ..assembly.assemble import assemble
from ..assembly.stored import (
    Contents,
    StoredArray,
    StoredLayer,
    UnsuitableFileError,
    library_errors,
    unreadable,
)
from .state_dict import read_state_dict
from .stored_numbers import byte_count, from_bfloat16

OURS = "backpaint-1"
_LONGEST_HEADER = 1 << 20
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "U8": "|u1"}


def read(file: IO[bytes]) -> Contents:
    """Read a VGG.

    Parameters
    ----------
    file : binary file
        A .safetensors file.

    Returns
    -------
    Contents
        Filters of 16 bits become float32, which holds them exactly.

    Raises
    ------
    UnsuitableFileError
        If it holds another network, or is damaged.
    """
    with library_errors("it cannot be read"):
        header, begin = _header(file)
        metadata = header.pop("__metadata__", {})
        arrays = {name: _stored_array(file, begin, name, entry) for name, entry in header.items()}
        if metadata.get("format") == OURS:
            return _ours(arrays, metadata)
        return read_state_dict(arrays)


def write(path: Path, weights: VGGWeights) -> None:
    """Write weights so that they load at once: float32, (3, 3, in, out).

    Parameters
    ----------
    path : Path
        Replaced only when everything is written.
    weights : VGGWeights
        From any file.

    Raises
    ------
    RunError
        If writing fails.
    """
    arrays = {f"{name}.filters": array for name, array in weights.filters.items()}
    arrays |= {f"{name}.biases": array for name, array in weights.biases.items()}
    header: dict[str, Any] = {
        "__metadata__": {
            "format": OURS,
            "normalization": json.dumps(asdict(weights.normalization)),
            "precision": weights.precision,
            "classes": json.dumps(weights.classes),
            "converted_from": f"{weights.origin}, SHA-256 {weights.sha256}",
        }
    }
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # aligned, as the format asks for
    with whole_file(path) as partial, partial.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.astype("<f4", copy=False).data)


def _header(file: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Read the header, and where the arrays begin."""
    length = int.from_bytes(file.read(8), "little")
    if length > _LONGEST_HEADER:
        raise UnsuitableFileError(f"its header has {length} bytes", "at most a million")
    header = json.loads(file.read(length), object_pairs_hook=_without_repetition)
    return cast(dict[str, Any], header), 8 + length


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise UnsuitableFileError("its header has a name twice", "each once")
    return dict(pairs)


def _stored_array(file: IO[bytes], start: int, name: str, entry: Mapping[str, Any]) -> StoredArray:
    begin, end = entry["data_offsets"]
    if entry["dtype"] not in _DTYPES:
        return unreadable(UnsuitableFileError(f"`{name}` is of type {entry['dtype']!r:.40}", "F32"))
    dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), tuple(entry["shape"])
    integers = all(type(value) is int and value >= 0 for value in (begin, end, *shape))
    if not integers or end - begin != byte_count(shape, dtype):
        raise UnsuitableFileError(f"`{name}` has another size than its shape", "the same")
    is_bfloat16 = entry["dtype"] == "BF16"

    def read_array() -> NDArray[Any]:
        file.seek(start + begin)
        numbers = np.fromfile(file, dtype, math.prod(shape))
        if numbers.nbytes != end - begin:
            raise EOFError(f"{name} ends early")
        return (from_bfloat16(numbers) if is_bfloat16 else numbers).reshape(shape)

    if is_bfloat16:
        return StoredArray(shape, np.dtype("<f4"), read_array, "bfloat16")
    return StoredArray(shape, dtype, read_array)


def _ours(arrays: Mapping[str, StoredArray], metadata: Mapping[str, str]) -> Contents:
    layers = {
        name.removesuffix(".filters"): StoredLayer(
            array, arrays[name.removesuffix("filters") + "biases"]
        )
        for name, array in arrays.items()
        if name.endswith(".filters")
    }
    filters, biases = assemble(layers)
    normalization = _normalization(json.loads(metadata["normalization"]))
    classes = tuple(str(name) for name in json.loads(metadata["classes"]))
    return Contents(filters, biases, normalization, metadata["precision"], classes)


def _normalization(said: Mapping[str, Any]) -> Normalization:
    if said["family"] not in ("oxford", "torchvision") or said["order"] not in ("bgr", "rgb"):
        raise UnsuitableFileError("was trained by nobody known", "oxford or torchvision")
    scale, mean, std = float(said["scale"]), *(_three(said[key]) for key in ("mean", "std"))
    if not all(map(math.isfinite, (scale, *mean, *std))) or min(scale, *std) <= 0:
        raise UnsuitableFileError(
            f"expects pixels of scale {scale}, mean {mean} and deviation {std}",
            "finite numbers, scale and deviation above 0",
        )
    return Normalization(said["family"], said["order"], scale, mean, std)


def _three(values: Any) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
