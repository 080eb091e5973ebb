"""The places where Keras 3 keeps the layers of a .weights.h5.

Every layer is a group ``layers/conv2d_5`` named after its class; what the model calls it,
``block2_conv2``, is an attribute of the group ``vars`` inside, which holds filters and biases as
``0`` and ``1``.  Everything else is as in `h5.py`.
"""

import h5py

from ...assembly.stored import StoredArray, UnsuitableFileError
from ..hdf5 import child, entries, stored_array, text

_DEEPEST = 4
"""Networks within networks."""

_MOST_VARIABLES = 100
"""Arrays of a layer."""


def stored_arrays(layers: h5py.Group, outer: str = "", depth: int = 0) -> dict[str, StoredArray]:
    """Find the arrays of all layers that have weights.

    Parameters
    ----------
    layers : h5py.Group
        The group ``layers`` of a .weights.h5.
    outer : str
        What stands before the names: the networks around, ``"vgg16/"``.
    depth : int
        How many networks are around.

    Returns
    -------
    dict of str to StoredArray
        ``"block1_conv1/kernel"``, by the names that the model gave its layers.

    Raises
    ------
    UnsuitableFileError
        If a layer has no name, or that of another.
    """
    found: dict[str, StoredArray] = {}
    for group in entries(layers):
        within = child(layers, f"{group}/layers")
        if isinstance(within, h5py.Group) and depth < _DEEPEST:
            found |= stored_arrays(within, f"{outer}{group}/", depth + 1)
        variables = child(layers, f"{group}/vars")
        if not isinstance(variables, h5py.Group) or len(variables) == 0:
            continue
        name = text(variables, "name")
        arrays = [child(variables, key) for key in entries(variables, _MOST_VARIABLES)]
        stored = [stored_array(array) for array in arrays if isinstance(array, h5py.Dataset)]
        parts = ["kernel", "bias"] if len(stored) == 2 else map(str, range(len(stored)))
        named = {f"{outer}{name}/{part}": array for part, array in zip(parts, stored, strict=True)}
        if name is None or named.keys() & found.keys():
            raise UnsuitableFileError(
                f"its layer `{group}` has {len(stored)} arrays, or a name that is not its own",
                "filters and biases of a layer like block1_conv1",
            )
        found |= named
    return found
