"""NumPy's .npz: ``convB_N/w`` (out, in, 3, 3) and ``convB_N/b``, never pickled objects.

Filters are float16, float32 or float64; or, as a palette, ``convB_N/w_index`` (uint8) and
``convB_N/w_table``.  An optional entry ``normalization`` holds the string ``oxford`` or
``torchvision``.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from ..vgg import Layer
from .assemble import (
    Contents,
    Shape,
    StoredArray,
    StoredLayer,
    UnsuitableFileError,
    assemble,
    library_errors,
)
from .identify import infer_normalization
from .vgg_weights import OXFORD, PALETTE, TORCHVISION, Normalization

_ENTRY = re.compile(r"(?P<layer>[^/]+)/(?P<part>w|b|w_index|w_table)")
_NORMALIZATIONS = {"oxford": OXFORD, "torchvision": TORCHVISION}


def read(path: Path) -> Contents:
    """Read the convolutions of a VGG.

    Parameters
    ----------
    path : Path
        A zip archive of .npy arrays.

    Returns
    -------
    Contents
        Without a head, which this layout does not define.

    Raises
    ------
    UnsuitableFileError
        If the archive holds anything else, or is damaged.
    """
    with library_errors("the archive cannot be read"), zipfile.ZipFile(path) as archive:
        entries = {name.removesuffix(".npy"): _stored(archive, name) for name in archive.namelist()}
        named = entries.pop("normalization", None)
        layers = _layers(entries)
        filters, biases = assemble(layers, _stored_shape, _to_house)
        return Contents(
            filters,
            biases,
            infer_normalization(filters["conv1_1"]) if named is None else _named(named),
            PALETTE if "conv1_1/w_index" in entries else layers["conv1_1"].filters.dtype.name,
        )


def _stored(archive: zipfile.ZipFile, name: str) -> StoredArray:
    """Read the header of an array: a wrong one would make NumPy allocate before it reads."""
    with archive.open(name) as file:
        version = npy_format.read_magic(file)
        header = (
            npy_format.read_array_header_1_0
            if version == (1, 0)
            else npy_format.read_array_header_2_0
        )
        shape, _, dtype = header(file)

    def read_array() -> NDArray[Any]:
        with archive.open(name) as file:
            array: NDArray[Any] = npy_format.read_array(file, allow_pickle=False)
            return array

    return StoredArray(shape, dtype, read_array)


def _layers(entries: dict[str, StoredArray]) -> dict[str, StoredLayer]:
    """Sort the entries by layer, in the file's order."""
    parts: dict[str, dict[str, StoredArray]] = {}
    for name, array in entries.items():
        match = _ENTRY.fullmatch(name)
        if match is None:
            raise UnsuitableFileError(
                f"holds an entry `{name}`", "convB_N/w and convB_N/b (or w_index and w_table)"
            )
        parts.setdefault(match["layer"], {})[match["part"]] = array
    return {layer: _layer(layer, arrays) for layer, arrays in parts.items()}


def _layer(name: str, arrays: dict[str, StoredArray]) -> StoredLayer:
    match arrays:
        case {"w": filters, "b": biases, **rest} if not rest:
            return StoredLayer(filters, biases)
        case {"w_index": index, "w_table": table, "b": biases, **rest} if not rest:
            return StoredLayer(_palette(name, index, table), biases)
    raise UnsuitableFileError(
        f"holds only {', '.join(f'{name}/{part}' for part in sorted(arrays))} for {name}",
        f"{name}/w and {name}/b, or {name}/w_index, {name}/w_table and {name}/b",
    )


def _palette(name: str, index: StoredArray, table: StoredArray) -> StoredArray:
    if index.dtype != np.uint8 or table.shape != (256,):
        raise UnsuitableFileError(
            f"{name}/w_index is {index.dtype} and {name}/w_table has the shape {table.shape}",
            "uint8 and (256,)",
        )
    return StoredArray(index.shape, table.dtype, lambda: table.read()[index.read()])


def _stored_shape(layer: Layer) -> Shape:
    if layer.kind != "conv":
        raise UnsuitableFileError(f"holds {layer.name}", "convolutions only")
    return (layer.channels_out, layer.channels_in, 3, 3)


def _to_house(filters: NDArray[Any]) -> NDArray[Any]:
    return filters.transpose(2, 3, 1, 0)  # (3, 3, in, out)


def _named(entry: StoredArray) -> Normalization:
    name = str(entry.read()) if entry.shape == () and entry.dtype.kind == "U" else "no string"
    if name not in _NORMALIZATIONS:
        raise UnsuitableFileError(
            f"its entry `normalization` is {name!r}", "'oxford' or 'torchvision'"
        )
    return _NORMALIZATIONS[name]
