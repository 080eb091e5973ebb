"""Keras .h5: the published files (``notop`` and full), and what `save_weights` and `save` wrote.

A file lists its layers in the attribute ``layer_names``; each is a group that lists its arrays in
``weight_names``, filters first: ``block4_conv2_W_1:0`` in the files of 2016,
``block4_conv2/kernel:0`` later.  Filters are (3, 3, in, out) and expect B, G, R, as Oxford's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py

from ....vgg_weights import OXFORD
from ...assembly.stored import Contents, StoredArray, UnsuitableFileError
from ..hdf5 import LIMITS, child, entries, offered, stored_array, texts
from ..isolated import parsed
from ..state_dict import read_state_dict
from .keras_3 import stored_arrays

_MOST_ARRAYS = 10_000


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
    return read_state_dict(arrays, OXFORD, is_house=True)


def find_arrays(file: h5py.File) -> tuple[None, dict[str, StoredArray]]:
    """Find the arrays of all layers, whichever generation of Keras wrote the file."""
    return None, _arrays(file)


def _arrays(file: h5py.File) -> dict[str, StoredArray]:
    root = child(file, "model_weights") or file  # `save` puts the weights one level deeper
    names = texts(root, "layer_names")
    if names is not None:
        return _listed_arrays(root, names)
    layers = child(file, "layers")
    if isinstance(layers, h5py.Group):
        return stored_arrays(layers)
    raise UnsuitableFileError(
        _instead_of_layer_names(file),
        "a Keras VGG (vgg16_weights_tf_dim_ordering_tf_kernels.h5, with or without _notop)",
    )


def _listed_arrays(root: h5py.Group, names: list[str]) -> dict[str, StoredArray]:
    """Find the arrays of the layers that have any."""
    groups = {name: _group(root, name) for name in names}
    listed = {name: texts(group, "weight_names") or [] for name, group in groups.items()}
    count = sum(map(len, listed.values()))
    if count > _MOST_ARRAYS:  # before they are looked up: layers may share a group
        raise UnsuitableFileError(f"lists {count} arrays", f"at most {_MOST_ARRAYS}")
    layers = (_of_layer(groups[name], name, weights) for name, weights in listed.items())
    return {key: array for layer in layers for key, array in layer.items()}


def _group(root: h5py.Group, name: str) -> h5py.Group:
    group = child(root, name)
    if not isinstance(group, h5py.Group):
        raise UnsuitableFileError(f"lists a layer `{name}` but holds no such group")
    return group


def _of_layer(group: h5py.Group, name: str, weights: list[str]) -> dict[str, StoredArray]:
    """Find the arrays of a layer: none, filters and biases, or those of a network within."""
    arrays = [child(group, weight) for weight in weights]
    stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
    if len(stored) != len(weights):
        raise UnsuitableFileError(f"lists {', '.join(weights)} but does not hold all of them")
    # Of a single layer the order tells, whatever scopes of TensorFlow stand in the names.
    parts = ["kernel", "bias"] if len(weights) == 2 else weights
    return {f"{name}/{part}": array for part, array in zip(parts, stored, strict=True)}


def _instead_of_layer_names(file: h5py.File) -> str:
    if "nb_layers" in file.attrs:
        return "is a file of 2015 for Theano (`nb_layers`)"
    if "_layer_checkpoint_dependencies" in file:
        return "is laid out as Keras did between 2 and 3"
    items = (child(file, name) for name in entries(file))
    if any("OCTAVE_NEW_FORMAT" in item.attrs for item in items if item is not None):
        return "was written by Octave's `save -hdf5` (write it anew with `save -v7`)"
    return "holds no `layer_names`"
