"""What programs call the arrays of a VGG, and the layers of ours that they mean.

=================  =====================================================  =======================
``features.0``     torchvision: layers are counted, ReLU and pooling too  ``.weight``, ``.bias``
``classifier.0``   its head: 0, 3 and 6
``conv1_1``        Caffe and whoever converted its files                  ``.weight``, ``/w``,
``fc6``            their head                                             ``_W``, ``_w_0``
``vgg0_conv0``     ONNX' model zoo: convolutions are counted              ``_weight``, ``_bias``
``vgg0_dense0``    its head: 0, 1 and 2
=================  =====================================================  =======================

Any of them may stand behind a prefix: ``module.``, ``vgg.``.  Filters may also be a palette:
indices of 8 bits (``conv1_1/w_index``, ``features.0.weight_index``) into a table of 256 numbers
(``conv1_1/w_table``, ``features.0.weight_table``).
"""

import re
from collections.abc import Mapping

import numpy as np

from ...vgg import layer_table
from .assemble import StoredArray, StoredLayer, UnsuitableFileError
from .other_networks import shortened

_KEY = re.compile(
    r"(?:\w+\.)*?"
    r"(?P<layer>(?:features|classifier)\.\d+|conv\d_\d|fc[678]|vgg\d+_(?:conv|dense)\d+)"
    r"[./_](?:(?P<filters>weight|[wW])(?P<palette>_index|_table)?|(?P<biases>bias|b))(?:_0)?"
)
_COUNTED = re.compile(r"vgg\d+_(conv|dense)(\d+)")
_HEAD = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}
_PALETTE_SIZE = 256


def named_layers(arrays: Mapping[str, StoredArray]) -> tuple[dict[str, StoredLayer], bool]:
    """Pair filters with biases, and give each layer the name that it has in our table.

    Parameters
    ----------
    arrays : mapping of str to StoredArray
        By the names in the file.

    Returns
    -------
    layers : dict of str to StoredLayer
        By ``"conv1_1"`` or ``"fc6"``; ``features.1`` stays so where a VGG has no such layer.
    is_palette : bool
        Whether filters are indices into tables.

    Raises
    ------
    UnsuitableFileError
        If an array is called otherwise, or a layer lacks one, or there are two networks.
    """
    parts: dict[str, dict[str, StoredArray]] = {}
    for key, array in arrays.items():
        match = _KEY.fullmatch(key)
        if match is None:
            raise UnsuitableFileError(_unknown(key), "features.0.weight, conv1_1.weight or alike")
        layer = parts.setdefault(match["layer"], {})
        part = "biases" if match["biases"] else "filters" + (match["palette"] or "")
        if part in layer:
            raise UnsuitableFileError(f"holds the {part} of {match['layer']} twice", "once")
        layer[part] = array
    names = _table_names(parts)
    layers = {names.get(key, key): _layer(key, layer) for key, layer in parts.items()}
    if len(layers) != len(parts):
        raise UnsuitableFileError("holds a layer under two names", "one network")
    return layers, any("filters_index" in layer for layer in parts.values())


def _layer(name: str, parts: dict[str, StoredArray]) -> StoredLayer:
    match parts:
        case {"filters": filters, "biases": biases, **rest} if not rest:
            return StoredLayer(filters, biases)
        case {"filters_index": index, "filters_table": table, "biases": biases, **rest} if not rest:
            return StoredLayer(_palette(name, index, table), biases)
    raise UnsuitableFileError(
        f"holds only {shortened(sorted(parts))} of {name}", "its filters and biases"
    )


def _palette(name: str, index: StoredArray, table: StoredArray) -> StoredArray:
    if index.dtype != np.uint8 or table.shape != (_PALETTE_SIZE,):
        raise UnsuitableFileError(
            f"the palette of {name} has indices of {index.dtype} and a table of {table.shape}",
            f"uint8 and ({_PALETTE_SIZE},)",
        )
    return StoredArray(index.shape, table.dtype, lambda: table.read()[index.read()])


def _unknown(key: str) -> str:
    if re.search(r"running_mean|running_var|num_batches_tracked|batchnorm", key):
        return "holds a network with batch normalization (vgg16_bn or alike)"
    return f"holds an array `{key}`"


def _table_names(keys: Mapping[str, object]) -> dict[str, str]:
    """Translate ``features.2`` and ``vgg0_conv1`` to ``conv1_2``.

    VGG-16 has a convolution at 24 and VGG-19 none; VGG-19 has more than 13.  Of shorter files,
    both have the same names.
    """
    counted = {key: found for key in keys if (found := _COUNTED.fullmatch(key))}
    is_19 = any(found[1] == "conv" and int(found[2]) >= 13 for found in counted.values())
    is_16 = counted or keys.keys() & {"features.17", "features.24", "features.26"}
    rows = layer_table(16 if is_16 and not is_19 else 19, head=True)
    by_kind = {
        "conv": [row.name for row in rows if row.kind == "conv"],
        "dense": [row.name for row in rows if row.kind == "linear"],
    }
    names = {f"features.{i}": row.name for i, row in enumerate(rows) if row.kind == "conv"} | _HEAD
    for key, found in counted.items():
        if int(found[2]) < len(by_kind[found[1]]):
            names[key] = by_kind[found[1]][int(found[2])]
    return names
