"""The two networks that come with backpaint: Oxford's VGG-16 and VGG-19, 8 bits a weight.

Each layer is a group of an HDF5 file: ``index`` (3, 3, in, out) uint8, ``table`` (256,) float32,
``bias`` (out,) float32; its filters are ``table[index]``.  `bench/pack_weights.py` wrote the files.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files

import h5py
import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...vgg_weights import OXFORD, PALETTE, Float32, VGGWeights

NAMES = {"vgg16": 16, "vgg19": 19}
ATTRIBUTION = (
    'Karen Simonyan and Andrew Zisserman, "Very Deep Convolutional Networks for Large-Scale Image '
    'Recognition" (arXiv:1409.1556), Creative Commons Attribution; rounded to 8 bits a weight'
)

PackedLayer = tuple[NDArray[np.uint8], Float32, Float32]
"""Index, table and bias."""


def load(name: str) -> VGGWeights:
    """Unpack an embedded network.

    Parameters
    ----------
    name : {"vgg16", "vgg19"}
        Which one.

    Returns
    -------
    VGGWeights
        All convolutions, without the head.

    Raises
    ------
    UsageError
        If the installation is damaged.
    """
    filters: dict[str, Float32] = {}
    biases: dict[str, Float32] = {}
    digest = hashlib.sha256()
    with _opened(NAMES[name]) as file:
        expected = file.attrs["sha256"]
        # One layer after the other, so that no more than one is there as indices too; in
        # alphabetical order, as `content_sha256`.
        for layer in file:
            packed = _read_layer(file, layer)
            digest.update(_content(packed))
            filters[layer], biases[layer] = _unpacked(packed), packed[2]
    if digest.hexdigest() != expected:
        raise UsageError(_damaged(name, "its checksum is wrong"))
    return VGGWeights(
        filters=filters,
        biases=biases,
        depth=NAMES[name],
        normalization=OXFORD,
        origin=f"embedded VGG-{NAMES[name]}, 8 bits a weight",
        format="embedded",
        sha256=expected,
        precision=PALETTE,
    )


def layer(depth: int, name: str) -> tuple[Float32, Float32]:
    """Read one layer alone: filters (3, 3, in, out) and biases; conv1_1 expects B, G, R."""
    with _opened(depth) as file:
        packed = _read_layer(file, name)
    return _unpacked(packed), packed[2]


def weight_errors(depth: int) -> dict[str, float]:
    """Relative error of each layer's filters against full precision, where that is known."""
    with _opened(depth) as file:
        return _layer_attribute(file, "weight_error")


def activation_errors(depth: int) -> dict[str, float]:
    """Relative error of each ``relu`` on a photograph against full precision, where known."""
    with _opened(depth) as file:
        return {
            layer.replace("conv", "relu"): error
            for layer, error in _layer_attribute(file, "activation_error").items()
        }


def content_sha256(layers: Mapping[str, PackedLayer]) -> str:
    """Hash the numbers of a packed network, layer by layer in alphabetical order.

    Parameters
    ----------
    layers : mapping of str to (index, table, bias)
        Their bytes are hashed in this order, in C order and little-endian.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name in sorted(layers):
        digest.update(_content(layers[name]))
    return digest.hexdigest()


def _content(packed: PackedLayer) -> bytes:
    index, table, bias = packed
    return index.tobytes() + table.astype("<f4").tobytes() + bias.astype("<f4").tobytes()


def _unpacked(packed: PackedLayer) -> Float32:
    index, table, _ = packed
    # Eight bits name one of 256 entries, so nobody need check; an index, which does, is slower.
    return table.take(index, mode="clip")


@contextmanager
def _opened(depth: int) -> Iterator[h5py.File]:
    name = f"vgg{depth}"
    resource = files("backpaint.weights") / "embedded" / f"{name}.h5"
    try:
        with as_file(resource) as path, h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError) as error:
        raise UsageError(_damaged(name, str(error))) from error


def _damaged(name: str, reason: str) -> str:
    return (
        f"the embedded network {name} cannot be read ({reason}); expected the file that backpaint "
        "was installed with; install backpaint again"
    )


def _read_layer(file: h5py.File, layer: str) -> PackedLayer:
    group = file[layer]
    index, table = group["index"][()], group["table"][()]
    if index.dtype != np.uint8 or table.shape != (256,):  # else an index is clipped in silence
        raise KeyError(f"{layer} has no index of 8 bits and a table of 256 values")
    return index, table, group["bias"][()]


def _layer_attribute(file: h5py.File, name: str) -> dict[str, float]:
    return {layer: float(file[layer].attrs[name]) for layer in file if name in file[layer].attrs}
