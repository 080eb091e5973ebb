"""Keras .h5: the published files (``notop`` and full), and what `save_weights` and `save` wrote.

A file lists its layers in the attribute ``layer_names``; each is a group that lists its arrays in
``weight_names``, filters first: ``block4_conv2_W_1:0`` in the files of 2016,
``block4_conv2/kernel:0`` later.  Filters are (3, 3, in, out) and expect B, G, R, as Oxford's.
"""

import re
from pathlib import Path

import h5py
import numpy as np

from ....vgg_weights import OXFORD
from ...assembly.assemble import Contents, StoredLayer, UnsuitableFileError, assemble
from ..hdf5 import child, opened, stored_array
from .keras_3 import stored_layers

_CONVOLUTION = re.compile(r"block(\d)_conv(\d)")
_MOST_NAMES = 10_000
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
    with opened(path) as file:
        return read_network(file)


def read_network(file: h5py.File) -> Contents:
    """Read a VGG from an open file, whichever generation of Keras wrote it."""
    layers = {_house_name(name): layer for name, layer in _stored_layers(file).items()}
    filters, biases = assemble(layers)
    return Contents(filters, biases, OXFORD, layers["conv1_1"].filters.dtype.name)


def _stored_layers(file: h5py.File) -> dict[str, StoredLayer]:
    root = child(file, "model_weights") or file  # `save` puts the weights one level deeper
    names = _names(root, "layer_names")
    if names is not None:
        found = {name: _stored_layer(root, name) for name in names}
        return {name: layer for name, layer in found.items() if layer is not None}
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


def _stored_layer(root: h5py.Group, name: str) -> StoredLayer | None:
    """Find filters and biases of a layer; None for one without weights."""
    group = child(root, name)
    if not isinstance(group, h5py.Group):
        raise UnsuitableFileError(f"lists a layer `{name}` but holds no such group")
    weights = _names(group, "weight_names") or []
    if not weights:
        return None
    arrays = [child(group, weight) for weight in weights]
    stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
    if len(stored) != len(weights):
        raise UnsuitableFileError(f"lists {', '.join(weights)} but does not hold all of them")
    # Layers with more than two arrays (batch normalization) are no VGG's; their name tells so.
    return StoredLayer(stored[0], stored[-1])


def _names(group: h5py.Group, attribute: str) -> list[str] | None:
    """Read a list of names: fixed or variable length, bytes or str, as the Keras version wrote."""
    if attribute not in group.attrs:
        return None
    values = np.ravel(group.attrs[attribute]).tolist()
    if len(values) > _MOST_NAMES:
        raise UnsuitableFileError(f"lists {len(values)} names as `{attribute}`")
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _instead_of_layer_names(file: h5py.File) -> str:
    if "nb_layers" in file.attrs:
        return "is a file of 2015 for Theano (`nb_layers`)"
    if "_layer_checkpoint_dependencies" in file:
        return "is laid out as Keras did between 2 and 3"
    return "holds no `layer_names`"
