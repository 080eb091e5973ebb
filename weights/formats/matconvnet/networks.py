"""The networks of MatConvNet, whatever generation of .mat file they lie in.

Three layouts of "SimpleNN" networks are in use.  The newest has ``meta.normalization``,
``meta.classes`` and layers with ``name, type, weights``; the one before has ``normalization`` and
``classes`` at the top and layers with ``weights, pad, type, name, stride``; the first has
``filters`` and ``biases`` instead of ``weights``.  A "DagNN" has arrays of structs instead of
cells: ``layers`` with the names of their ``params``, and ``params`` with ``name`` and ``value``.
Everything is found by name, so the order of fields does not matter.

Filters are (height, width, in, out), the first layer expects R, G, B, and the head's first layer
is a convolution with 7x7 filters (MatConvNet's ``utils/import-caffe.py``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ....vgg_weights import Normalization
from ...assembly.other_networks import shortened
from ...assembly.stored import Contents, StoredArray, StoredLayer, UnsuitableFileError
from ..state_dict import read_state_dict

_EXPECTED = (
    "a MatConvNet VGG-16 or VGG-19 (imagenet-vgg-verydeep-16.mat or imagenet-vgg-verydeep-19.mat)"
)


class MatlabValue(Protocol):
    """A value of a .mat file: of a struct, a cell, text or numbers, one answers, others do not."""

    def field(self, name: str) -> "MatlabValue | None":
        """Return a field of a 1x1 struct, or None."""

    def names(self) -> "Sequence[str]":
        """Return the names of a 1x1 struct's fields, or an empty list."""

    def cells(self) -> "Sequence[MatlabValue]":
        """Return what a cell holds, or an empty list."""

    def structs(self) -> "Sequence[MatlabValue]":
        """Return the 1x1 structs of an array of structs, or an empty list."""

    def text(self) -> str:
        """Return a row of characters, or an empty string."""

    def numbers(self) -> StoredArray | None:
        """Return an array, not yet read, with its axes in MATLAB's order; or None."""


@dataclass(frozen=True)
class StoredNetwork:
    """A network whose layers still lie in their file."""

    layers: Mapping[str, StoredLayer]
    mean: tuple[float, float, float]
    classes: tuple[str, ...]


def find_network(root: MatlabValue) -> StoredNetwork:
    """Find a network in the variables of a .mat file.

    Parameters
    ----------
    root : MatlabValue
        All variables, as the fields of one struct.

    Returns
    -------
    StoredNetwork
        With the mean of the file (R, G, B), and its class names if it has them.

    Raises
    ------
    UnsuitableFileError
        If a part is missing.
    """
    root = _the_one(root)
    layers, params = root.field("layers"), root.field("params")
    if layers is None:
        raise UnsuitableFileError("holds no `layers`", _EXPECTED)
    stored = _simple_layers(layers) if params is None else _dag_layers(layers, params)
    meta = root.field("meta") or root
    return StoredNetwork(stored, _mean(meta), _classes(meta))


def read_network(network: StoredNetwork) -> Contents:
    """Check a network against the table of VGG layers, and read it.

    Parameters
    ----------
    network : StoredNetwork
        From `find_network`.

    Returns
    -------
    Contents
        Its first layer expects R, G, B.

    Raises
    ------
    UnsuitableFileError
        If it is no VGG.
    """
    arrays: dict[str, StoredArray] = {}
    for name, layer in network.layers.items():
        arrays |= {f"{name}.weight": layer.filters, f"{name}.bias": layer.biases}
    normalization = Normalization("oxford", "rgb", 1.0, network.mean, (1.0, 1.0, 1.0))
    contents = read_state_dict(arrays, normalization, is_house=True)
    return replace(contents, classes=network.classes)


def _the_one(root: MatlabValue) -> MatlabValue:
    """Find what has layers: all variables (`save -struct net`), or a struct of any name."""
    found = {"the variables": root} if root.field("layers") else {}
    names = root.names()
    for name in names:
        outer = root.field(name)
        found |= _with_layers(name, outer) if outer is not None else {}
    if len(found) > 1:
        raise UnsuitableFileError(
            f"holds {len(found)} networks ({shortened(list(found))})", "one, saved alone"
        )
    if not found:
        what = f"only {shortened(names)}" if names else "no variables"
        raise UnsuitableFileError(f"holds no `layers`, {what}", _EXPECTED)
    return next(iter(found.values()))


def _with_layers(name: str, value: MatlabValue) -> dict[str, MatlabValue]:
    """Return a struct that has layers, or those of its fields or cells that do, by name."""
    if value.field("layers"):
        return {name: value}
    inner = {f"{name}.{part}": value.field(part) for part in value.names()}
    inner |= {f"{name}{{{place}}}": cell for place, cell in enumerate(value.cells(), start=1)}
    return {path: part for path, part in inner.items() if part and part.field("layers")}


def _simple_layers(layers: MatlabValue) -> dict[str, StoredLayer]:
    stored: dict[str, StoredLayer] = {}
    for number, layer in enumerate(layers.cells() or layers.structs()):
        arrays = _weights(layer, number)
        if arrays is not None:
            _add(stored, _name(layer, number), arrays)
    return stored


def _dag_layers(layers: MatlabValue, params: MatlabValue) -> dict[str, StoredLayer]:
    """Pair the layers of a DagNN with their parameters: filters first, biases last."""
    values = {_name(param, i): param.field("value") for i, param in enumerate(params.structs())}
    stored: dict[str, StoredLayer] = {}
    for number, layer in enumerate(layers.structs()):
        names = layer.field("params")
        parts = [values.get(name.text()) for name in names.cells()] if names else []
        arrays = [array for part in parts if part and (array := part.numbers()) is not None]
        if len(arrays) != len(parts):
            raise UnsuitableFileError(f"its layer {number + 1} has parameters that are no arrays")
        if len(arrays) == 3:  # MatConvNet's only layer with three
            raise UnsuitableFileError("holds a network with batch normalization")
        if arrays:  # a layer with one is no VGG's; its shape tells so
            _add(stored, _name(layer, number), StoredLayer(arrays[0], arrays[-1]))
    return stored


def _add(stored: dict[str, StoredLayer], name: str, layer: StoredLayer) -> None:
    if name in stored:
        raise UnsuitableFileError(f"holds two layers `{name}`", "each layer once")
    stored[name] = layer


def _weights(layer: MatlabValue, number: int) -> StoredLayer | None:
    """Find filters and biases in either layout; None for a layer without weights."""
    weights = layer.field("weights")
    if weights is None:
        fields = (layer.field("filters"), layer.field("biases"))
        parts: Sequence[MatlabValue] = [part for part in fields if part is not None]
    else:
        parts = weights.cells()
    if not parts:
        return None
    arrays = [array for part in parts if (array := part.numbers()) is not None]
    if len(arrays) != 2 or len(parts) != 2:
        raise UnsuitableFileError(
            f"its layer {number + 1} holds {len(parts)} parts, {len(arrays)} of them arrays",
            "filters and biases",
        )
    return StoredLayer(*arrays)


def _name(layer: MatlabValue, number: int) -> str:
    name = layer.field("name")
    text = "" if name is None else name.text()
    if not text:
        raise UnsuitableFileError(f"its element {number + 1} has weights but no name", _EXPECTED)
    return text


def _mean(meta: MatlabValue) -> tuple[float, float, float]:
    """Read the mean: one pixel, or an image of which every pixel counts the same."""
    normalization = meta.field("normalization")
    average = None if normalization is None else normalization.field("averageImage")
    array = None if average is None else average.numbers()
    if array is None:
        raise UnsuitableFileError(
            "holds neither `meta.normalization.averageImage` nor `normalization.averageImage`",
            _EXPECTED,
        )
    shape = array.shape if len(array.shape) == 3 else (1, 1, math.prod(array.shape))
    if shape[2] != 3 or max(shape) > 1024 or array.dtype.kind not in "fu":
        raise UnsuitableFileError(
            f"its averageImage is {array.dtype} of shape {array.shape}",
            "(224, 224, 3) or three numbers",
        )
    pixels = array.read().reshape(-1, 3)
    red, green, blue = (float(value) for value in pixels.mean(axis=0, dtype=np.float64))
    if not all(0 <= value <= 255 for value in (red, green, blue)):
        raise UnsuitableFileError(
            f"its averageImage has the mean ({red:g}, {green:g}, {blue:g})",
            "colors between 0 and 255",
        )
    return red, green, blue


def _classes(meta: MatlabValue) -> tuple[str, ...]:
    classes = meta.field("classes")
    description = None if classes is None else classes.field("description")
    return () if description is None else tuple(cell.text() for cell in description.cells())
