"""Arrays that may be one VGG: those whose layers are called alike and lie side by side.

A checkpoint holds more than a network: decoders, moments of an optimizer, averages.  Each place
where layers are called as a VGG's is a candidate; `find_network.py` decides among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...vgg import layer_table
from .layer_names import ArrayName, Style, parse
from .other_networks import shortened
from .stored import StoredArray, StoredLayer, UnsuitableFileError

_FEATURES = ("features",)
_PALETTE_SIZE = 256
_FIRST_FILTERS = {(64, 3, 3, 3), (3, 3, 3, 64)}
_CONV5_FILTERS = {(512, 512, 3, 3), (3, 3, 512, 512)}

Parts = dict[str, StoredArray]


@dataclass
class Candidate:
    """Layers in one place, called in one style.

    Attributes
    ----------
    container : tuple of str
        The modules around them.
    style : {"numbered", "named", "counted"}
        See `layer_names`.
    parts : dict of str to dict
        Filters and biases of each layer, by the layer's name within the container.
    keys : dict of str to str
        The layer of each array, by the array's name in the file.
    repeated : str
        The name of an array that another has already, but for wrappers.
    """

    container: tuple[str, ...]
    style: Style
    parts: dict[str, Parts] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    repeated: str = ""

    def add(self, key: str, name: ArrayName, array: StoredArray) -> None:
        """Take an array in; a second one of the same name is another network's."""
        layer = self.parts.setdefault(name.layer, {})
        if name.part in layer:
            self.repeated = self.repeated or key
        layer[name.part] = array
        self.keys[key] = name.layer

    @property
    def root(self) -> tuple[str, ...]:
        """The module that holds the convolutions and the head."""
        is_inner = self.style == "numbered" or self.container[-1:] == _FEATURES
        return self.container[:-1] if is_inner else self.container

    @property
    def title(self) -> str:
        """The name of its first array."""
        return next(iter(self.keys))

    @property
    def is_named(self) -> bool:
        """Whether the names alone are a VGG's; a bare number is anybody's."""
        return self.style != "numbered" or self.container[-1:] == _FEATURES

    @property
    def is_palette(self) -> bool:
        """Whether filters are indices into tables."""
        return any("filters_index" in parts for parts in self.parts.values())

    def begins_like_a_vgg(self) -> bool:
        """Whether 0 has the shape of VGG's first layer, and more than one block is counted on."""
        filters = self.parts.get("0", {}).get("filters")
        return filters is not None and filters.shape in _FIRST_FILTERS and "5" in self.parts

    def convolution_keys(self) -> set[str]:
        """Return the names of the arrays that are taken for convolutions', not for the head's."""
        head = self._head()
        return {key for key, layer in self.keys.items() if layer not in head}

    def layers(self) -> dict[str, StoredLayer]:
        """Pair filters with biases, and give each layer the name that it has in our table.

        Returns
        -------
        dict of str to StoredLayer
            By ``"conv1_1"``; ``features.1`` stays so where a VGG has no such layer.

        Raises
        ------
        UnsuitableFileError
            If a layer lacks an array, or one comes twice.
        """
        if self.repeated:
            raise UnsuitableFileError(
                f"holds two networks, with `{self.title}` and `{self.repeated}`", "one"
            )
        names = self._table_names()
        head = self._head()
        return {
            names.get(layer, self._title(layer)): stored_layer(self._title(layer), parts)
            for layer, parts in self.parts.items()
            if layer not in head
        }

    def _head(self) -> set[str]:
        """Return the layers that stand after the convolutions."""
        if self.style == "counted":
            return {layer for layer in self.parts if layer.startswith("dense")}
        return self._behind_the_last_pooling() if self.style == "numbered" else set()

    def _behind_the_last_pooling(self) -> set[str]:
        """Return higher numbers, unless one is a convolution like those before: one too many."""
        last = len(layer_table(self._depth())) - 1
        behind = {layer for layer in self.parts if int(layer) > last}
        filters = [self.parts[layer].get("filters") for layer in behind]
        shapes = {array.shape for array in filters if array is not None}
        return set() if shapes & _CONV5_FILTERS else behind

    def _title(self, layer: str) -> str:
        return ".".join((*self.container[-1:], layer)) if self.style == "numbered" else layer

    def _depth(self) -> int:
        """Return 16 or 19 by the layers' numbers.

        VGG-16 has a convolution at 24 and VGG-19 none; VGG-19 has more than 13.  Of shorter files,
        both have the same names.
        """
        if self.style == "counted":
            return (
                19 if any(int(layer[4:]) >= 13 for layer in self.parts if layer[0] == "c") else 16
            )
        return 16 if self.parts.keys() & {"17", "24", "26"} else 19

    def _table_names(self) -> dict[str, str]:
        rows = layer_table(self._depth())
        if self.style == "numbered":
            return {str(i): row.name for i, row in enumerate(rows) if row.kind == "conv"}
        convolutions = [row.name for row in rows if row.kind == "conv"]
        return {f"conv{i}": name for i, name in enumerate(convolutions)}


def candidates(arrays: Mapping[str, StoredArray]) -> list[Candidate]:
    """Collect the places where layers are called as a VGG's.

    Parameters
    ----------
    arrays : mapping of str to StoredArray
        By the names in the file.

    Returns
    -------
    list of Candidate
        In the file's order; bare numbers count only where no names do.
    """
    found: dict[tuple[tuple[str, ...], Style], Candidate] = {}
    for key, array in arrays.items():
        name = parse(key)
        if name is not None and name.style != "other":
            place = (name.container, name.style)
            found.setdefault(place, Candidate(*place)).add(key, name, array)
    named = [candidate for candidate in found.values() if candidate.is_named]
    return named or [bare for bare in found.values() if bare.begins_like_a_vgg()]


def stored_layer(name: str, parts: Parts) -> StoredLayer:
    """Make a layer of its arrays.

    Raises
    ------
    UnsuitableFileError
        If one is missing, or one too many.
    """
    match parts:
        case {"filters": filters, "biases": biases, **rest} if not rest:
            return StoredLayer(filters, biases)
        case {"filters_index": index, "filters_table": table, "biases": biases, **rest} if not rest:
            return StoredLayer(_palette(name, index, table), biases)
    raise UnsuitableFileError(
        f"holds only {shortened(sorted(parts))} of {name}", "its filters and biases"
    )


def _palette(name: str, index: StoredArray, table: StoredArray) -> StoredArray:
    if index.dtype != np.uint8 or table.shape != (_PALETTE_SIZE,):
        raise UnsuitableFileError(
            f"the palette of {name} has indices of {index.dtype} and a table of {table.shape}",
            f"uint8 and ({_PALETTE_SIZE},)",
        )
    return StoredArray(index.shape, table.dtype, lambda: table.read()[index.read()])
