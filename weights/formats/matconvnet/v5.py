"""MATLAB's binary format before 7.3, read by SciPy in a child process: MatConvNet's own files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from ....isolation.answer import Answer, ChildError
from ....isolation.shared_child import SharedChild
from ...assembly.stored import Contents, StoredArray, StoredLayer, UnsuitableFileError
from .networks import StoredNetwork, find_network, read_network

_VARIABLES = ("layers", "meta", "normalization", "classes", "params", "vars")
"""Fields of a network, if the file holds nothing else; any struct may be a network, too."""

_PARSER = SharedChild(__name__)


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
    try:
        with _PARSER.call(parse, str(path.absolute())) as answer:
            return read_network(_stored_network(answer))
    except ChildError as error:
        raise UnsuitableFileError(str(error), "a complete file") from error


def parse(path: str) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Do the part that needs SciPy's parser, which may crash: called in a child process.

    Parameters
    ----------
    path : str
        A MATLAB v5 file.

    Returns
    -------
    values : dict
        ``layers`` (names), ``mean`` (R, G, B) and ``classes``; or ``refused``, what was found and
        what was expected.
    arrays : list of ndarray
        Filters and biases of each layer, as stored.  Nothing else refers to them, so that each
        can be freed as soon as it was sent.
    """
    kinds = {name: kind for name, _, kind in scipy.io.whosmat(path)}
    networks = [name for name, kind in kinds.items() if kind in ("struct", "cell")]
    variables = scipy.io.loadmat(path, variable_names=[*_VARIABLES, *networks])
    root = np.empty((1, 1), dtype=[(name, object) for name in kinds])  # a 1x1 struct of them
    root[0, 0] = tuple(variables.get(name) for name in kinds)
    try:
        network = find_network(_Value(root))
    except UnsuitableFileError as error:
        return {"refused": [error.found, error.expected]}, []
    parts = [part for layer in network.layers.values() for part in (layer.filters, layer.biases)]
    values = {
        "layers": list(network.layers),
        "mean": network.mean,
        "classes": network.classes,
    }
    return values, [part.read() for part in parts]


def _stored_network(answer: Answer) -> StoredNetwork:
    if "refused" in answer.values:
        raise UnsuitableFileError(*answer.values["refused"])
    stored = iter(StoredArray(array.shape, array.dtype, array.read) for array in answer.arrays)
    layers = {name: StoredLayer(next(stored), next(stored)) for name in answer.values["layers"]}
    red, green, blue = answer.values["mean"]
    return StoredNetwork(layers, (red, green, blue), tuple(answer.values["classes"]))


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
