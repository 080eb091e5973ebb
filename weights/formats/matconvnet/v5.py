"""MATLAB's binary format before 7.3, read by SciPy in a child process: MatConvNet's own files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from ....isolation.limits import Limits
from ....isolation.returned import StreamedArray
from ...assembly.stored import Contents, StoredArray
from ..isolated import described, refusals
from .isolated import network_parts, read_isolated
from .networks import find_network

_VARIABLES = ("layers", "meta", "normalization", "classes", "params", "vars")
"""Fields of a network, if the file holds nothing else; any struct may be a network, too."""

_LIMITS = Limits(memory=4 << 30, seconds=120, may_start=False)
"""SciPy reads a whole file at once."""


def read(path: Path) -> Contents:
    """Read a MatConvNet VGG.

    Parameters
    ----------
    path : Path
        A MATLAB v5 file.

    Returns
    -------
    Contents
        See `networks.read_network`.

    Raises
    ------
    UnsuitableFileError
        If the file holds something else, or is damaged.
    """
    return read_isolated(parse, path, _LIMITS)


def parse(path: str) -> tuple[dict[str, Any], list[StreamedArray]]:
    """Do the part that needs SciPy's parser, which may crash: called in a child process.

    Parameters
    ----------
    path : str
        A MATLAB v5 file.

    Returns
    -------
    values, arrays
        From `isolated.described`.  Nothing else refers to the arrays, so that each can be freed as
        soon as it was sent.

    Raises
    ------
    Refusal
        If it holds no network.
    """
    kinds = {name: kind for name, _, kind in scipy.io.whosmat(path)}
    networks = [name for name, kind in kinds.items() if kind in ("struct", "cell")]
    variables = scipy.io.loadmat(path, variable_names=[*_VARIABLES, *networks])
    root = np.empty((1, 1), dtype=[(name, object) for name in kinds])  # a 1x1 struct of them
    root[0, 0] = tuple(variables.get(name) for name in kinds)
    with refusals():
        return described(*network_parts(find_network(_Value(root))))


@dataclass(frozen=True)
class _Value:
    """A value as SciPy returns it: structs are structured arrays, cells are object arrays."""

    array: NDArray[Any]

    def field(self, name: str) -> "_Value | None":
        if self.array.dtype.names is None or self.array.size != 1:
            return None
        if name not in self.array.dtype.names:
            return None
        value = self.array.flat[0][name]
        return None if value is None else _Value(np.asarray(value))  # None: it was not loaded

    def names(self) -> list[str]:
        return list(self.array.dtype.names or ()) if self.array.size == 1 else []

    def cells(self) -> list["_Value"]:
        if self.array.dtype != object:
            return []
        return [_Value(np.asarray(cell)) for cell in self.array.flat]

    def structs(self) -> list["_Value"]:
        if self.array.dtype.names is None:
            return []
        return [_Value(np.asarray(struct)) for struct in self.array.flat]

    def text(self) -> str:
        return str(self.array.flat[0]) if self.array.dtype.kind == "U" and self.array.size else ""

    def numbers(self) -> StoredArray | None:
        if self.array.dtype.kind not in "fiu":
            return None
        return StoredArray(self.array.shape, self.array.dtype, lambda: self.array)
