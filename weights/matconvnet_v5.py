"""MATLAB's binary format before 7.3, read by SciPy, as MatConvNet's published files have it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from .assemble import Contents, StoredArray, library_errors
from .matconvnet import read_network

_VARIABLES = ("layers", "meta", "normalization", "classes", "net", "params", "vars")


def read(path: Path) -> Contents:
    """Read a MatConvNet VGG.

    Parameters
    ----------
    path : Path
        A MATLAB v5 file.

    Returns
    -------
    Contents
        See `matconvnet.read_network`.

    Raises
    ------
    UnsuitableFileError
        If the file holds something else, or is damaged.
    """
    variables = _loadmat(path)
    root = np.empty((1, 1), dtype=[(name, object) for name in variables])  # a 1x1 struct of them
    root[0, 0] = tuple(variables.values())
    return read_network(_Value(root))


def _loadmat(path: Path) -> dict[str, Any]:
    """Parse the file: the one place where a damaged file meets SciPy's parser, which may crash."""
    with library_errors("it cannot be read"):
        variables: dict[str, Any] = scipy.io.loadmat(path, variable_names=_VARIABLES)
        return variables


@dataclass(frozen=True)
class _Value:
    """A value as SciPy returns it: structs are structured arrays, cells are object arrays."""

    array: NDArray[Any]

    def field(self, name: str) -> "_Value | None":
        if self.array.dtype.names is None or self.array.size != 1:
            return None
        if name not in self.array.dtype.names:
            return None
        return _Value(np.asarray(self.array.flat[0][name]))

    def cells(self) -> list["_Value"]:
        if self.array.dtype != object:
            return []
        return [_Value(np.asarray(cell)) for cell in self.array.flat]

    def text(self) -> str:
        return str(self.array.flat[0]) if self.array.dtype.kind == "U" and self.array.size else ""

    def numbers(self) -> StoredArray | None:
        if self.array.dtype.kind not in "fiu":
            return None
        return StoredArray(self.array.shape, self.array.dtype, lambda: self.array)
