"""The weights that come with backpaint: Magenta's, 8 bits each, 2.7 MB.

Each layer is a group of an HDF5 file: ``index`` int8, (height, width, in, out) or, depthwise,
(height, width, channels); ``scale`` (out,) float32; ``bias`` (out,) float32, absent if it is zero.
Its filters are ``index * scale``.  `bench/pack_fast.py` wrote the file.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import UsageError
from ..reference.arrays import Floats

ATTRIBUTION = (
    "The Magenta Authors, after G. Ghiasi, H. Lee, M. Kudlur, V. Dumoulin, J. Shlens, "
    '"Exploring the structure of a real-time, arbitrary neural artistic stylization network" '
    "(arXiv:1705.06830), Apache-2.0; 8 bits a weight"
)
FILE = "fast.h5"
SHA256 = "sha256"
"""The attribute of the file that holds the hash of its numbers."""

PackedLayer = tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]
"""Index, scale and bias."""


@dataclass(frozen=True)
class StylizationWeights:
    """The layers of both networks.

    Attributes
    ----------
    layers : mapping of str to (filters, bias)
        By name: ``"transformer/contract1"``, ``"predictor/block03/depthwise"``.
    sha256 : str
        Of the numbers as stored.
    """

    layers: Mapping[str, tuple[Floats, Floats]]
    sha256: str

    def __getitem__(self, name: str) -> tuple[Floats, Floats]:
        """Return a layer's filters and its bias."""
        return self.layers[name]


def load_weights(dtype: DTypeLike = np.float32) -> StylizationWeights:
    """Unpack the embedded weights, and make sure that they are whole.

    Parameters
    ----------
    dtype : dtype
        Of the arrays to give.

    Returns
    -------
    StylizationWeights

    Raises
    ------
    UsageError
        If the installation is damaged.
    """
    resource = files(__package__) / "embedded" / FILE
    stored: dict[str, dict[str, NDArray[Any]]] = {}
    try:
        with as_file(resource) as path, h5py.File(path, "r") as file:
            expected = str(file.attrs[SHA256])
            file.visititems(lambda name, node: _collect(stored, name, node))
        packed = {name: _packed(arrays) for name, arrays in stored.items()}
    except (OSError, KeyError, RuntimeError) as error:
        raise UsageError(_damaged(str(error))) from error
    if content_sha256(packed) != expected:
        raise UsageError(_damaged("its checksum is wrong"))
    return StylizationWeights(
        {name: _unpacked(layer, np.dtype(dtype)) for name, layer in packed.items()}, expected
    )


def content_sha256(layers: Mapping[str, PackedLayer]) -> str:
    """Hash the numbers of packed layers, in alphabetical order.

    Parameters
    ----------
    layers : mapping of str to (index, scale, bias)
        Their bytes are hashed in this order, in C order and little-endian.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name in sorted(layers):
        index, scale, bias = layers[name]
        digest.update(name.encode() + index.tobytes())
        digest.update(scale.astype("<f4").tobytes() + bias.astype("<f4").tobytes())
    return digest.hexdigest()


def _collect(stored: dict[str, dict[str, NDArray[Any]]], name: str, node: Any) -> None:
    """Read an array; looking it up in its group again would take as long."""
    if isinstance(node, h5py.Dataset):
        layer, _, array = name.rpartition("/")
        stored.setdefault(layer, {})[array] = node[()]


def _packed(arrays: Mapping[str, NDArray[Any]]) -> PackedLayer:
    scale = arrays["scale"]
    return arrays["index"], scale, arrays.get("bias", 0 * scale)


def _unpacked(layer: PackedLayer, dtype: np.dtype[Any]) -> tuple[Floats, Floats]:
    index, scale, bias = layer
    return index.astype(dtype) * scale.astype(dtype), bias.astype(dtype)


def _damaged(reason: str) -> str:
    return (
        f"the embedded weights of the one-pass network cannot be read ({reason}); expected the "
        "file that backpaint was installed with; install backpaint again"
    )
