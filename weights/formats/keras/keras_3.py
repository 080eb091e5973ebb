"""Where Keras 3 keeps the layers of a .weights.h5.

Every layer is a group ``layers/conv2d_5`` named after its class; what the model calls it,
``block2_conv2``, is an attribute of the group ``vars`` inside, which holds filters and biases as
``0`` and ``1``.  Everything else is as in `h5.py`.
"""

import h5py

from ...assembly.assemble import StoredLayer, UnsuitableFileError
from ..hdf5 import child, entries, stored_array, text

_MOST_VARIABLES = 100
"""Arrays of a layer."""


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
    for group in entries(layers):
        variables = child(layers, f"{group}/vars")
        if not isinstance(variables, h5py.Group) or len(variables) == 0:
            continue
        name = text(variables, "name")
        arrays = [child(variables, key) for key in entries(variables, _MOST_VARIABLES)]
        stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
        if name is None or name in found or len(stored) != 2:
            raise UnsuitableFileError(
                f"its layer `{group}` has {len(stored)} arrays, or a name that is not its own",
                "filters and biases of a layer like block1_conv1",
            )
        found[name] = StoredLayer(*stored)
    return found
