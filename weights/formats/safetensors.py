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
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ...safetensors_header import DTYPES, HeaderError, header_bytes, read_header
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
    metadata = {
        "format": OURS,
        "normalization": json.dumps(asdict(weights.normalization)),
        "precision": weights.precision,
        "classes": json.dumps(weights.classes),
        "converted_from": f"{weights.origin}, SHA-256 {weights.sha256}",
    }
    number = np.dtype("<f4")
    described = {name: (number, array.shape) for name, array in arrays.items()}
    with whole_file(path) as partial, partial.open("wb") as file:
        file.write(header_bytes(described, metadata))
        for array in arrays.values():
            file.write(array.astype("<f4", copy=False).data)


def _header(file: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Read the header, and where the arrays begin."""
    try:
        return read_header(file)
    except HeaderError as error:
        raise UnsuitableFileError(error.found, error.expected) from None


def _stored_array(file: IO[bytes], start: int, name: str, entry: Mapping[str, Any]) -> StoredArray:
    begin, end = entry["data_offsets"]
    if entry["dtype"] not in DTYPES:
        return unreadable(UnsuitableFileError(f"`{name}` is of type {entry['dtype']!r:.40}", "F32"))
    dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
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
