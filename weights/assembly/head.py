"""The classifier head beside the convolutions: three layers, called in many ways, told by shape.

==========================================  ====================================================
``classifier.0``, ``.3``, ``.6``            torchvision; ``.1``, ``.4``, ``.6`` before its 0.1.8
``fc6``, ``fc7``, ``fc8``                   Caffe, MatConvNet, TensorFlow
``fc1``, ``fc2``, ``predictions``           Keras
``pre_logits.fc1``, ``.fc2``, ``head.fc``   timm: convolutions of 7x7 and 1x1
``vgg0_dense0``, 1 and 2                    ONNX' model zoo
==========================================  ====================================================

No two of VGG's three layers have the same shape, so that names need not tell which is which.  A
head for other classes, or with other layers, is left out: style transfer needs none.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...vgg import HEAD_CHANNELS
from .candidates import Candidate, Parts, stored_layer
from .layer_names import modules_of, parse
from .stored import Shape, StoredArray, StoredLayer, UnsuitableFileError

HEAD = ("fc6", "fc7", "fc8")
_MODULES = re.compile(
    r"(?:classifier|head|pre_logits|logits|predictions?|outputs?|fc|dense|linear|top)(?:[-_\d].*)?"
)
_WINDOWS = {"fc6": (7, 7, 512), "fc7": (1, 1, 4096), "fc8": (1, 1, 4096)}
"""Height, width and channels that the head's layers see as convolutions."""


@dataclass(frozen=True)
class Head:
    """The layers after the convolutions.

    Attributes
    ----------
    layers : dict of str to StoredLayer
        Those that are VGG's, ``fc6`` to ``fc8``, with filters of two axes.
    keys : set of str
        All arrays after the convolutions, by their names in the file.
    is_whole : bool
        Whether the head is VGG's: these three layers and nothing else.
    """

    layers: dict[str, StoredLayer]
    keys: set[str]
    is_whole: bool


def is_in_head(key: str, root: tuple[str, ...]) -> bool:
    """Whether an array lies in a module of the network that is called as heads are."""
    name = parse(key)
    modules = modules_of(key) if name is None else (*name.container, name.layer)
    inside = modules[len(root) :]
    return modules[: len(root)] == root and bool(inside) and bool(_MODULES.fullmatch(inside[0]))


def find_head(rest: Mapping[str, StoredArray], network: Candidate, *, is_house: bool) -> Head:
    """Find the layers after the convolutions, as far as they are VGG's.

    Parameters
    ----------
    rest : mapping of str to StoredArray
        What is in the file beside the convolutions.
    network : Candidate
        The convolutions.
    is_house : bool
        Whether filters are (in, out), with (height, width, channel) in fc6, instead of (out, in),
        with (channel, height, width).

    Returns
    -------
    Head
        Told by shapes.
    """
    keys = {key for key in rest if key in network.keys or is_in_head(key, network.root)}
    stored: dict[tuple[str, ...], dict[str, StoredArray]] = {}
    for key in keys:
        if name := parse(key):
            stored.setdefault((*name.container, name.layer), {})[name.part] = rest[key]
    layers: dict[str, StoredLayer] = {}
    for path, parts in stored.items():
        layers |= _fitting(".".join(path), parts, is_house)
    is_whole = len(stored) == len(layers) == len(HEAD) and all(map(parse, keys))
    return Head({name: layers[name] for name in HEAD if name in layers}, keys, is_whole)


def _fitting(name: str, parts: Parts, is_house: bool) -> dict[str, StoredLayer]:
    """Return which of VGG's layers has these shapes, if any."""
    try:
        layer = stored_layer(name, parts)
    except UnsuitableFileError:
        return {}
    sizes = [length for length in layer.biases.shape if length != 1]
    for known, outputs in zip(HEAD, HEAD_CHANNELS[1:], strict=True):
        filters = _flat(layer.filters, _WINDOWS[known], outputs, is_house)
        if filters is not None and sizes == [outputs]:
            return {known: StoredLayer(filters, layer.biases)}
    return {}


def _flat(filters: StoredArray, window: Shape, outputs: int, is_house: bool) -> StoredArray | None:
    """Return filters with two axes, if they have the shape of a linear layer or of its window."""
    height, width, channels = window
    inputs = math.prod(window)
    as_linear = (inputs, outputs) if is_house else (outputs, inputs)
    as_window = (*window, outputs) if is_house else (outputs, channels, height, width)
    if filters.shape not in (as_linear, as_window):
        return None
    read = filters.read
    return StoredArray(
        as_linear, filters.dtype, lambda: read().reshape(as_linear), filters.stored_as
    )
