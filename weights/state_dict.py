"""Networks as PyTorch, Caffe and ONNX name and lay out their layers: filters (out, in, 3, 3).

torchvision numbers the layers of ``features``, ReLU and pooling included; Caffe and those who
converted its files call them ``conv1_1``.  Either may stand behind a prefix: ``module.``, ``vgg.``.
"""

import re
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ..vgg import Layer, layer_table
from .assemble import (
    Contents,
    Shape,
    StoredArray,
    StoredLayer,
    UnsuitableFileError,
    assemble,
    house_shape,
)
from .identify import infer_normalization
from .other_networks import shortened
from .vgg_weights import Normalization

_KEY = re.compile(
    r"(?:\w+\.)*?(?P<layer>(?:features|classifier)\.\d+|conv\d_\d|fc[678])\.(?P<part>weight|bias)"
)
_HEAD = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}
_POOL5 = (512, 7, 7)
"""Channels, height and width of ``pool5``, in the order in which these files flatten it."""

Arrays = Mapping[str, StoredArray]


def read_state_dict(arrays: Arrays, normalization: Normalization | None = None) -> Contents:
    """Read a VGG from arrays called ``features.0.weight`` or ``conv1_1.weight``.

    Parameters
    ----------
    arrays : mapping of str to StoredArray
        Everything that a file holds.
    normalization : Normalization, optional
        What the format promises; without it, the first layer tells.

    Returns
    -------
    Contents
        With the head if the file has it.

    Raises
    ------
    UnsuitableFileError
        If the arrays are another network's.
    """
    layers = named_layers(arrays)
    filters, biases = assemble(layers, _stored_shape, _to_house)
    if normalization is None:
        normalization = infer_normalization(filters["conv1_1"])
    return Contents(filters, biases, normalization, layers["conv1_1"].filters.dtype.name)


def named_layers(arrays: Arrays) -> dict[str, StoredLayer]:
    """Pair filters with biases, and give each layer the name that it has in the table.

    Parameters
    ----------
    arrays : mapping of str to StoredArray
        By the names in the file.

    Returns
    -------
    dict of str to StoredLayer
        By ``"conv1_1"`` or ``"fc6"``; ``features.1`` stays so where a VGG has no such layer.

    Raises
    ------
    UnsuitableFileError
        If an array is called otherwise, or a layer lacks one, or there are two networks.
    """
    parts: dict[str, dict[str, StoredArray]] = {}
    for key, array in arrays.items():
        match = _KEY.fullmatch(key)
        if match is None:
            raise UnsuitableFileError(_unknown(key), "features.0.weight or conv1_1.weight")
        layer = parts.setdefault(match["layer"], {})
        if match["part"] in layer:
            raise UnsuitableFileError(f"holds two arrays {match['layer']}.{match['part']}")
        layer[match["part"]] = array
    unpaired = [name for name, layer in parts.items() if len(layer) != 2]
    if unpaired:
        raise UnsuitableFileError(f"holds no filters or no bias of {shortened(unpaired)}")
    names = _table_names(parts)
    renamed = {
        names.get(key, key): StoredLayer(layer["weight"], layer["bias"])
        for key, layer in parts.items()
    }
    if len(renamed) != len(parts):
        raise UnsuitableFileError("holds a layer under two names", "one network")
    return renamed


def _unknown(key: str) -> str:
    if key.endswith(("running_mean", "running_var", "num_batches_tracked")):
        return "holds a network with batch normalization (vgg16_bn or alike)"
    return f"holds an array `{key}`"


def _table_names(keys: Mapping[str, object]) -> dict[str, str]:
    """Translate ``features.2`` to ``conv1_2``: the place among the table's layers.

    VGG-16 has a convolution at 24 and VGG-19 none; of shorter files, both have the same names.
    """
    depth = 16 if keys.keys() & {"features.17", "features.24", "features.26"} else 19
    rows = layer_table(depth)
    return {f"features.{i}": row.name for i, row in enumerate(rows) if row.kind == "conv"} | _HEAD


def _stored_shape(layer: Layer) -> Shape:
    return house_shape(layer)[::-1] if layer.kind == "linear" else _convolution_shape(layer)


def _convolution_shape(layer: Layer) -> Shape:
    return (layer.channels_out, layer.channels_in, 3, 3)


def _to_house(filters: NDArray[Any]) -> NDArray[Any]:
    if filters.ndim == 4:
        return filters.transpose(2, 3, 1, 0)  # (3, 3, in, out)
    channels, height, width = _POOL5
    if filters.shape[1] == channels * height * width:
        # (out, channel, height, width) becomes (height, width, channel, out)
        return filters.reshape(-1, *_POOL5).transpose(2, 3, 1, 0)
    return filters.T
