"""From the arrays of a file to a network: the checks that all formats share.

A reader says which arrays a file holds, without reading them.  `assemble` compares names, shapes
and types with the table of VGG layers, and only then reads.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...vgg import Layer, layer_table
from ...vgg_weights import Float32, Normalization
from .other_networks import guess_network, shortened

Shape = tuple[int, ...]


class UnsuitableFileError(Exception):
    """Why a file is no VGG: the second half of the sentence "FILE is a MATLAB v5 file, but ...".

    Parameters
    ----------
    found : str
        What is wrong: ``"holds no `layers`"``.
    expected : str
        What should be there instead.
    """

    def __init__(self, found: str, expected: str = "a VGG-16 or VGG-19") -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found = found
        self.expected = expected


@dataclass(frozen=True)
class StoredArray:
    """An array that still lies in its file.

    Attributes
    ----------
    shape : tuple of int
        In the order of the file's own conventions.
    dtype : numpy.dtype
        As stored.
    read : callable
        Returns the array.
    stored_as : str
        What the file calls its numbers, where NumPy has no such type: ``"bfloat16"``.
    problem : UnsuitableFileError or None
        Why it cannot be read; raised only if a layer of the network needs it.
    """

    shape: Shape
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]
    stored_as: str = ""
    problem: UnsuitableFileError | None = None

    @property
    def precision(self) -> str:
        """How the numbers are stored: ``"float32"``, ``"bfloat16"``."""
        return self.stored_as or self.dtype.name


def unreadable(problem: UnsuitableFileError) -> StoredArray:
    """Return a place holder for an array that no layer may need."""
    return StoredArray((), np.dtype("V"), lambda: np.empty(()), problem=problem)


@dataclass(frozen=True)
class StoredLayer:
    """Filters and biases of one layer, still in their file."""

    filters: StoredArray
    biases: StoredArray


@dataclass(frozen=True)
class Contents:
    """What a reader found: the parts of `VGGWeights` that depend on the format."""

    filters: Mapping[str, Float32]
    biases: Mapping[str, Float32]
    normalization: Normalization
    precision: str
    classes: tuple[str, ...] = field(default=())
    left_out: tuple[str, ...] = field(default=())


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
    """Tell VGG-16 from VGG-19 by their layers, or return None if the first ones do not tell."""
    if names.keys() & {"conv3_4", "conv4_4", "conv5_4"}:
        return 19
    return 16 if "conv4_1" in names else None


@contextmanager
def library_errors(found: str) -> Iterator[None]:
    """Turn whatever a library raises on a damaged file into one sentence.

    SciPy, h5py, NumPy and zipfile raise a dozen types between them, most undocumented; the
    original stays attached as the cause.
    """
    try:
        yield
    except (UnsuitableFileError, UsageError):
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        if isinstance(error, MemoryError):
            raise UnsuitableFileError(
                f"{found} ({reason})", "more free memory, or a network without its head"
            ) from error
        raise UnsuitableFileError(
            f"{found}, so it is damaged or cut short ({reason})", "a complete file"
        ) from error


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
