"""Keras 3: .weights.h5, and .keras, a zip archive around it.

Every layer is a group ``layers/conv2d_5`` named after its class; what the model calls it,
``block2_conv2``, is an attribute of the group ``vars`` inside, which holds filters and biases as
``0`` and ``1``.  Everything else is as in `keras_h5`.  Nothing of the archive is unpacked to disk,
and its description of the model, which could name any Python class, is not read at all.
"""

import io
import zipfile
from pathlib import Path

import h5py

from .assemble import Contents, StoredLayer, UnsuitableFileError, library_errors
from .hdf5 import child, opened, stored_array

WEIGHTS = "model.weights.h5"


def read(path: Path) -> Contents:
    """Read a VGG from a .keras archive.

    Parameters
    ----------
    path : Path
        A zip archive.

    Returns
    -------
    Contents
        As from `keras_h5.read`.

    Raises
    ------
    UnsuitableFileError
        If it holds another network, or is damaged.
    """
    from .keras_h5 import read_network

    with library_errors("it cannot be read"):
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo(WEIGHTS)
            if entry.compress_type != zipfile.ZIP_STORED:  # Keras never packs: it may be a bomb
                raise UnsuitableFileError(f"its {WEIGHTS} is compressed", "as Keras writes it")
            weights = io.BytesIO(archive.read(entry))
        with opened(weights) as file:
            return read_network(file)


def stored_layers(layers: h5py.Group) -> dict[str, StoredLayer]:
    """Find the arrays of all layers that have weights.

    Parameters
    ----------
    layers : h5py.Group
        The group ``layers`` of a .weights.h5.

    Returns
    -------
    dict of str to StoredLayer
        By the names that the model gave them.

    Raises
    ------
    UnsuitableFileError
        If a layer has no name, or its arrays lie elsewhere.
    """
    found: dict[str, StoredLayer] = {}
    for group in layers:
        variables = child(layers, f"{group}/vars")
        if not isinstance(variables, h5py.Group) or len(variables) == 0:
            continue
        name = variables.attrs.get("name")
        arrays = [child(variables, key) for key in variables]
        stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
        if not isinstance(name, str) or name in found or len(stored) != 2:
            raise UnsuitableFileError(
                f"its layer `{group}` has {len(stored)} arrays, or a name that is not its own",
                "filters and biases of a layer like block1_conv1",
            )
        found[name] = StoredLayer(*stored)
    return found
