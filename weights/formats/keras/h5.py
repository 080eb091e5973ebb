"""Keras .h5: the published files (``notop`` and full), and what `save_weights` and `save` wrote.

A file lists its layers in the attribute ``layer_names``; each is a group that lists its arrays in
``weight_names``, filters first: ``block4_conv2_W_1:0`` in the files of 2016,
``block4_conv2/kernel:0`` later.  Filters are (3, 3, in, out) and expect B, G, R, as Oxford's.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py

from ....vgg_weights import OXFORD
from ...assembly.assemble import (
    Contents,
    StoredArray,
    StoredLayer,
    UnsuitableFileError,
    assemble,
)
from ..hdf5 import LIMITS, child, offered, stored_array, texts
from ..isolated import parsed
from .keras_3 import stored_layers

_CONVOLUTION = re.compile(r"block(\d)_conv(\d)")
_MOST_ARRAYS = 10_000
_HEAD = {"fc1": "fc6", "fc2": "fc7", "predictions": "fc8"}


def read(path: Path) -> Contents:
    """Read a VGG-16 or VGG-19 of Keras, with head or without.

    Parameters
    ----------
    path : Path
        An HDF5 file.

    Returns
    -------
    Contents
        fc6 as stored: Keras, too, flattens ``pool5`` as (height, width, channel).

    Raises
    ------
    UnsuitableFileError
        If the file is not laid out as Keras does, or holds another network, or is damaged.
    """
    with parsed(parse, path, LIMITS) as (_, arrays):
        return read_network(arrays)


def parse(path: str) -> tuple[Any, list[Any]]:
    """Find a network's arrays: called in a child process."""
    return offered(path, find_arrays)


def read_network(arrays: Mapping[str, StoredArray]) -> Contents:
    """Read a VGG from the arrays that `find_arrays` found."""
    layers = {
        name.removesuffix("/kernel"): StoredLayer(array, arrays[f"{name[:-7]}/bias"])
        for name, array in arrays.items()
        if name.endswith("/kernel")
    }
    filters, biases = assemble(layers)
    return Contents(filters, biases, OXFORD, layers["conv1_1"].filters.dtype.name)


def find_arrays(file: h5py.File) -> tuple[None, dict[str, StoredArray]]:
    """Find ``conv1_1/kernel`` and alike, whichever generation of Keras wrote the file."""
    found: dict[str, StoredArray] = {}
    for name, layer in _stored_layers(file).items():
        house_name = _house_name(name)
        found |= {f"{house_name}/kernel": layer.filters, f"{house_name}/bias": layer.biases}
    return None, found


def _stored_layers(file: h5py.File) -> dict[str, StoredLayer]:
    root = child(file, "model_weights") or file  # `save` puts the weights one level deeper
    names = texts(root, "layer_names")
    if names is not None:
        return _listed_layers(root, names)
    layers = child(file, "layers")
    if isinstance(layers, h5py.Group):
        return stored_layers(layers)
    raise UnsuitableFileError(
        _instead_of_layer_names(file),
        "a Keras VGG (vgg16_weights_tf_dim_ordering_tf_kernels.h5, with or without _notop)",
    )


def _house_name(name: str) -> str:
    """Translate ``block4_conv2`` to ``conv4_2``, ``fc1`` to ``fc6``; leave other names alone."""
    if match := _CONVOLUTION.fullmatch(name):
        return f"conv{match[1]}_{match[2]}"
    return _HEAD.get(name, name)


def _listed_layers(root: h5py.Group, names: list[str]) -> dict[str, StoredLayer]:
    """Find filters and biases of all layers that have weights."""
    groups = {name: _group(root, name) for name in names}
    listed = {name: texts(group, "weight_names") or [] for name, group in groups.items()}
    count = sum(map(len, listed.values()))
    if count > _MOST_ARRAYS:  # before they are looked up: layers may share a group
        raise UnsuitableFileError(f"lists {count} arrays", f"at most {_MOST_ARRAYS}")
    return {
        name: _stored_layer(groups[name], weights) for name, weights in listed.items() if weights
    }


def _group(root: h5py.Group, name: str) -> h5py.Group:
    group = child(root, name)
    if not isinstance(group, h5py.Group):
        raise UnsuitableFileError(f"lists a layer `{name}` but holds no such group")
    return group


def _stored_layer(group: h5py.Group, weights: list[str]) -> StoredLayer:
    arrays = [child(group, weight) for weight in weights]
    stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
    if len(stored) != len(weights):
        raise UnsuitableFileError(f"lists {', '.join(weights)} but does not hold all of them")
    # Layers with more than two arrays (batch normalization) are no VGG's; their name tells so.
    return StoredLayer(stored[0], stored[-1])


def _instead_of_layer_names(file: h5py.File) -> str:
    if "nb_layers" in file.attrs:
        return "is a file of 2015 for Theano (`nb_layers`)"
    if "_layer_checkpoint_dependencies" in file:
        return "is laid out as Keras did between 2 and 3"
    return "holds no `layer_names`"
