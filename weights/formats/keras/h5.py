"""Keras .h5: the published files (``notop`` and full), and what `save_weights` and `save` wrote.

A file lists its layers in the attribute ``layer_names``; each is a group that lists its arrays in
``weight_names``, filters first: ``block4_conv2_W_1:0`` in the files of 2016,
``block4_conv2/kernel:0`` later.  Filters are (3, 3, in, out) and expect B, G, R, as Oxford's.
"""

from pathlib import Path

import h5py
import numpy as np

from ....vgg_weights import OXFORD
from ...assembly.stored import Contents, StoredArray, UnsuitableFileError
from ..hdf5 import child, opened, stored_array
from ..state_dict import read_state_dict
from .keras_3 import stored_arrays

_MOST_NAMES = 10_000


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
    return read_state_dict(_arrays(file), OXFORD, is_house=True)


def _arrays(file: h5py.File) -> dict[str, StoredArray]:
    root = child(file, "model_weights") or file  # `save` puts the weights one level deeper
    names = _names(root, "layer_names")
    if names is not None:
        return {key: array for name in names for key, array in _of_layer(root, name).items()}
    layers = child(file, "layers")
    if isinstance(layers, h5py.Group):
        return stored_arrays(layers)
    raise UnsuitableFileError(
        _instead_of_layer_names(file),
        "a Keras VGG (vgg16_weights_tf_dim_ordering_tf_kernels.h5, with or without _notop)",
    )


def _of_layer(root: h5py.Group, name: str) -> dict[str, StoredArray]:
    """Find the arrays of a layer: none, filters and biases, or those of a network within."""
    group = child(root, name)
    if not isinstance(group, h5py.Group):
        raise UnsuitableFileError(f"lists a layer `{name}` but holds no such group")
    weights = _names(group, "weight_names") or []
    arrays = [child(group, weight) for weight in weights]
    stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
    if len(stored) != len(weights):
        raise UnsuitableFileError(f"lists {', '.join(weights)} but does not hold all of them")
    # Of a single layer the order tells, whatever scopes of TensorFlow stand in the names.
    parts = ["kernel", "bias"] if len(weights) == 2 else weights
    return {f"{name}/{part}": array for part, array in zip(parts, stored, strict=True)}


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
    if any("OCTAVE_NEW_FORMAT" in item.attrs for item in file.values()):
        return "was written by Octave's `save -hdf5` (write it anew with `save -v7`)"
    return "holds no `layer_names`"
