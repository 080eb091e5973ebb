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
from typing import Any

import h5py
import numpy as np

from ...assembly.stored import Contents, StoredArray, UnsuitableFileError
from ..hdf5 import LIMITS, child, entries, offered, stored_array, text
from .isolated import network_parts, read_isolated
from .networks import find_network

_LONGEST_TEXT = 10_000
_LONGEST_CELL = 10_000
_MOST_STEPS = 10_000
"""Fields looked up and references followed; a VGG-19 with a thousand classes needs 1400."""


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
    return read_isolated(parse, path, LIMITS)


def parse(path: str) -> tuple[Any, list[Any]]:
    """Find a network: called in a child process."""
    return offered(path, lambda file: network_parts(find_network(_Value(file, _Budget()))))


class _Budget:
    """Bounds the way through a file in which many cells may refer to the same large one."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise UnsuitableFileError(
                "refers to its own parts too often", f"at most {_MOST_STEPS} references"
            )


@dataclass(frozen=True)
class _Value:
    item: h5py.Group | h5py.Dataset
    budget: _Budget

    def field(self, name: str) -> "_Value | None":
        self.budget.spend(1)
        found = child(self.item, name) if isinstance(self.item, h5py.Group) else None
        return None if found is None else _Value(found, self.budget)

    def names(self) -> list[str]:
        if not isinstance(self.item, h5py.Group):
            return []
        return [name for name in entries(self.item) if not name.startswith("#")]  # MATLAB's own

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
        array = self._small_array(_LONGEST_TEXT)
        if array.dtype.kind != "u":  # before it is read: strings of any length may lie elsewhere
            raise UnsuitableFileError(f"its text `{self.item.name}` is {array.dtype}", "uint16")
        units = array.read()
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
        return text(self.item, "MATLAB_class") or ""

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
        self.budget.spend(math.prod(array.shape))
        references = array.read().reshape(-1).tolist()
        if not all(references):
            raise UnsuitableFileError(f"a reference in `{self.item.name}` leads nowhere")
        return [_Value(self.item.file[reference], self.budget) for reference in references]


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
