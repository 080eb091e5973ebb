"""Assembly of a file's arrays into a network: the checks that all formats share.

A reader says which arrays a file holds, without reading them (`stored.py`).  `assemble` compares
names, shapes and types with the table of VGG layers, and only then reads.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...vgg import Layer, layer_table
from ...vgg_weights import Float32
from .other_networks import guess_network, shortened
from .stored import Shape, StoredLayer, UnsuitableFileError, library_errors


def house_shape(layer: Layer) -> Shape:
    """Return the shape of a layer's filters in memory: (3, 3, in, out), or (in, out)."""
    channels = (layer.channels_in, layer.channels_out)
    return (3, 3, *channels) if layer.kind == "conv" else channels


def assemble(
    stored: Mapping[str, StoredLayer],
    stored_shape: Callable[[Layer], Shape] = house_shape,
    to_house: Callable[[NDArray[Any]], NDArray[Any]] = np.asarray,
) -> tuple[dict[str, Float32], dict[str, Float32]]:
    """Check all layers of a file against the table of VGG layers, then read them.

    Parameters
    ----------
    stored : mapping of str to StoredLayer
        By the names of the table: ``"conv1_1"``, ``"fc6"``.
    stored_shape : callable
        The shape that this format gives to a layer's filters.
    to_house : callable
        Reorders filters of that shape; the result is reshaped to `house_shape`.

    Returns
    -------
    filters, biases : dict of str to ndarray of float32
        Contiguous; filters (3, 3, in, out) and (in, out), biases (out,).

    Raises
    ------
    UnsuitableFileError
        If layers are missing, unknown or of the wrong shape or type, or not finite.
    """
    layers = check_layers(stored, stored_shape)
    filters: dict[str, Float32] = {}
    biases: dict[str, Float32] = {}
    for layer in layers:
        arrays = stored[layer.name]
        with library_errors(f"the array of {layer.name} cannot be read"):
            filters[layer.name] = _as_float32(to_house(arrays.filters.read()), house_shape(layer))
            biases[layer.name] = _as_float32(arrays.biases.read(), (layer.channels_out,))
        _check_values(layer, filters[layer.name], biases[layer.name])
    return filters, biases


def check_layers(
    stored: Mapping[str, StoredLayer], stored_shape: Callable[[Layer], Shape] = house_shape
) -> list[Layer]:
    """Compare layers with the table of VGG layers, without reading them.

    Parameters
    ----------
    stored, stored_shape
        As for `assemble`.

    Returns
    -------
    list of Layer
        The rows of the table that are there: its beginning.

    Raises
    ------
    UnsuitableFileError
        As `assemble`, but for what only the numbers tell.
    """
    layers = _present_layers(stored)
    for layer in layers:
        _check_layer(layer, stored[layer.name], stored_shape(layer))
    return layers


def known_depth(names: Mapping[str, object]) -> int | None:
    """Return 16 or 19 by the layers that there are, or None if the first ones do not decide."""
    if names.keys() & {"conv3_4", "conv4_4", "conv5_4"}:
        return 19
    return 16 if "conv4_1" in names else None


def _present_layers(stored: Mapping[str, StoredLayer]) -> list[Layer]:
    """List the layers of the table that the file holds; they must be its beginning."""
    has_head = any(name.startswith("fc") for name in stored)
    table = [
        layer
        for layer in layer_table(known_depth(stored) or 16, head=has_head)
        if layer.kind in ("conv", "linear")
    ]
    unknown = [name for name in stored if name not in {layer.name for layer in table}]
    if unknown or not stored:
        first = next(iter(stored.values()), None)
        raise UnsuitableFileError(guess_network(unknown, first.filters.shape if first else None))
    last = max(i for i, layer in enumerate(table) if layer.name in stored)
    wanted = table if has_head else table[: last + 1]
    missing = [layer.name for layer in wanted if layer.name not in stored]
    if missing:
        raise UnsuitableFileError(f"holds {wanted[last].name} without {shortened(missing)}")
    return wanted


def _check_layer(layer: Layer, arrays: StoredLayer, shape: Shape) -> None:
    for array in (arrays.filters, arrays.biases):
        if array.problem is not None:
            raise array.problem
    if arrays.filters.shape != shape:
        raise UnsuitableFileError(
            f"the filters of {layer.name} have the shape {arrays.filters.shape}", f"{shape}"
        )
    # MATLAB has no vectors: its biases are (1, out) or (out, 1).
    if [length for length in arrays.biases.shape if length != 1] != [layer.channels_out]:
        raise UnsuitableFileError(
            f"the biases of {layer.name} have the shape {arrays.biases.shape}",
            f"({layer.channels_out},)",
        )
    for array in (arrays.filters, arrays.biases):
        if array.dtype.kind != "f" or array.dtype.itemsize > 8:
            raise UnsuitableFileError(
                f"the numbers of {layer.name} are {array.precision}", "float16, float32 or float64"
            )


def _as_float32(array: NDArray[Any], shape: Shape) -> Float32:
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused
        return np.ascontiguousarray(array.reshape(shape), dtype=np.float32)


def _check_values(layer: Layer, filters: Float32, biases: Float32) -> None:
    # One sum instead of a mask: NaN and infinity survive adding, and the mask of fc6 has 100 MB.
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        total = np.sum(filters, dtype=np.float64) + np.sum(biases, dtype=np.float64)
    if not np.isfinite(total):
        raise UnsuitableFileError(f"{layer.name} holds NaN or infinity", "finite numbers")
    # HDF5 returns zeros for a dataset that was created and never written.
    if not filters.any():
        raise UnsuitableFileError(f"the filters of {layer.name} are all zero", "trained filters")
