"""MATLAB 7.3: HDF5 in which MATLAB laid out its structs, cells and strings.

A 1x1 struct is a group; a cell is a dataset of references to objects in the group ``#refs#``; so is
each field of an array of structs, but without ``MATLAB_class``; text is a dataset of UTF-16 code
units.  HDF5 counts axes from the slowest and MATLAB from the fastest,
so every shape is reversed.  ``MATLAB_class`` on each object says what it is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ...assembly.stored import Contents, StoredArray, UnsuitableFileError
from ..hdf5 import child, opened, stored_array
from .networks import find_network, read_network

_LONGEST_TEXT = 10_000
_LONGEST_CELL = 10_000


def read(path: Path) -> Contents:
    """Read a MatConvNet VGG that a newer MATLAB saved with ``-v7.3``.

    Parameters
    ----------
    path : Path
        An HDF5 file with MATLAB's header in front.

    Returns
    -------
    Contents
        See `networks.read_network`.

    Raises
    ------
    UnsuitableFileError
        If the file holds something else, or is damaged.
    """
    with opened(path) as file:
        return read_network(find_network(_Value(file)))


@dataclass(frozen=True)
class _Value:
    item: h5py.Group | h5py.Dataset

    def field(self, name: str) -> "_Value | None":
        found = child(self.item, name) if isinstance(self.item, h5py.Group) else None
        return None if found is None else _Value(found)

    def names(self) -> list[str]:
        if not isinstance(self.item, h5py.Group):
            return []
        return [name for name in self.item if not name.startswith("#")]  # MATLAB's own

    def cells(self) -> list["_Value"]:
        if self._class() != "cell" or "MATLAB_empty" in self.item.attrs:
            return []
        return self._targets()

    def structs(self) -> list["_Value | _Struct"]:
        fields = {name: value for name in self.names() if (value := self.field(name)) is not None}
        columns = {name: field for name, field in fields.items() if field.is_column()}
        if not columns:
            return [self] if fields else []
        rows = zip(*(column._targets() for column in columns.values()), strict=True)
        return [_Struct(dict(zip(columns, row, strict=True))) for row in rows]

    def is_column(self) -> bool:
        """Whether this is one field of an array of structs."""
        is_array = isinstance(self.item, h5py.Dataset) and "MATLAB_class" not in self.item.attrs
        return is_array and h5py.check_ref_dtype(self.item.dtype) is h5py.Reference

    def text(self) -> str:
        if self._class() != "char" or "MATLAB_empty" in self.item.attrs:
            return ""
        units = self._small_array(_LONGEST_TEXT).read()
        return units.astype("<u2").tobytes().decode("utf-16-le")

    def numbers(self) -> StoredArray | None:
        if self._class() in ("", "char") or self.item.dtype.kind not in "fiu":
            return None
        stored = stored_array(self.item)
        if "MATLAB_empty" in self.item.attrs:
            return StoredArray((0, 0), stored.dtype, lambda: np.empty((0, 0), stored.dtype))
        # (out, in, width, height) in HDF5 is (height, width, in, out) in MATLAB
        return StoredArray(stored.shape[::-1], stored.dtype, lambda: stored.read().T)

    def _class(self) -> str:
        """Return what MATLAB calls an array; empty for a group, or where MATLAB wrote nothing."""
        if not isinstance(self.item, h5py.Dataset):
            return ""
        name = self.item.attrs.get("MATLAB_class", b"")
        return name.decode() if isinstance(name, bytes) else str(name)

    def _small_array(self, longest: int) -> StoredArray:
        array = stored_array(self.item)
        if math.prod(array.shape) > longest:
            raise UnsuitableFileError(
                f"`{self.item.name}` has {math.prod(array.shape)} entries", f"at most {longest}"
            )
        return array

    def _targets(self) -> list["_Value"]:
        """Follow the references of a dataset, in MATLAB's order."""
        array = self._small_array(_LONGEST_CELL)
        if h5py.check_ref_dtype(array.dtype) is not h5py.Reference:
            raise UnsuitableFileError(f"`{self.item.name}` holds {array.dtype}", "references")
        references = array.read().reshape(-1).tolist()
        if not all(references):
            raise UnsuitableFileError(f"a reference in `{self.item.name}` leads nowhere")
        return [_Value(self.item.file[reference]) for reference in references]


@dataclass(frozen=True)
class _Struct:
    """One struct of an array of them."""

    fields: Mapping[str, _Value]

    def field(self, name: str) -> _Value | None:
        return self.fields.get(name)

    def names(self) -> list[str]:
        return list(self.fields)

    def cells(self) -> list[_Value]:
        return []

    def structs(self) -> list["_Struct"]:
        return [self]

    def text(self) -> str:
        return ""

    def numbers(self) -> None:
        return None
