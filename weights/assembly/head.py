"""The classifier head beside the convolutions: three layers, called in many ways, told by shape.

==========================================  ====================================================
``classifier.0``, ``.3``, ``.6``            torchvision; ``.1``, ``.4``, ``.6`` before its 0.1.8
``fc6``, ``fc7``, ``fc8``                   Caffe, MatConvNet, TensorFlow
``fc1``, ``fc2``, ``predictions``           Keras
``pre_logits.fc1``, ``.fc2``, ``head.fc``   timm: convolutions of 7x7 and 1x1
``vgg0_dense0``, 1 and 2                    ONNX' model zoo
==========================================  ====================================================

Layers that are counted are taken in their order, whatever dropout and ReLU count between them.  A
head for other classes, or with other layers, is left out: style transfer needs none.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...vgg import HEAD_CHANNELS
from .assemble import Shape, StoredArray, StoredLayer, UnsuitableFileError
from .candidates import Candidate, stored_layer
from .layer_names import ArrayName, modules_of, parse

HEAD = ("fc6", "fc7", "fc8")
_CALLED = {
    **{name: name for name in HEAD},
    **{"fc1": "fc6", "fc2": "fc7", "predictions": "fc8"},
    **{"dense0": "fc6", "dense1": "fc7", "dense2": "fc8"},
}
_MODULES = re.compile(
    r"(classifier|head|pre_logits|logits|predictions?|outputs?|fc|dense|linear|top)_?\d*(_.*)?"
)
_WINDOWS = {"fc6": (7, 7, 512), "fc7": (1, 1, 4096), "fc8": (1, 1, 4096)}
"""Height, width and channels that the head's layers see as convolutions."""


Proposal = dict[str, dict[str, str]]
"""The names of arrays by layer and part."""


@dataclass(frozen=True)
class Head:
    """Layers behind the convolutions, with filters of two axes, and what the file calls them."""

    layers: dict[str, StoredLayer]
    keys: set[str]

    @property
    def is_whole(self) -> bool:
        """Whether all three are there."""
        return len(self.layers) == len(HEAD)


def is_in_head(key: str, root: tuple[str, ...]) -> bool:
    """Whether an array lies in a module of the network that is called as heads are."""
    name = parse(key)
    modules = modules_of(key) if name is None else (*name.container, name.layer)
    inside = modules[len(root) :]
    return modules[: len(root)] == root and bool(inside) and bool(_MODULES.fullmatch(inside[0]))


def find_head(rest: Mapping[str, StoredArray], network: Candidate, *, is_house: bool) -> Head:
    """Find the layers behind the convolutions, as far as they are VGG's.

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
        Of all that may be meant, what fits best.
    """
    fitting = [_fitting(proposal, rest, is_house) for proposal in _proposals(rest, network)]
    return max(fitting, key=lambda head: len(head.layers))


def _proposals(rest: Mapping[str, StoredArray], network: Candidate) -> Iterator[Proposal]:
    """Yield what may be the head: layers of known names, or three that are counted."""
    called: Proposal = {}
    counted: dict[tuple[str, ...], Proposal] = {}
    for key in rest:
        name = parse(key)
        if name is None:
            continue
        is_behind = (name.container, name.style) == (network.container, "numbered")
        if not is_behind and not is_in_head(key, network.root):
            continue
        if name.style == "numbered":
            counted.setdefault(name.container, {}).setdefault(name.layer, {})[name.part] = key
        elif layer := _called(name):
            called.setdefault(layer, {})[name.part] = key
    yield called
    for layers in counted.values():
        if len(layers) == len(HEAD):
            yield dict(zip(HEAD, (layers[key] for key in sorted(layers, key=int)), strict=True))


def _called(name: ArrayName) -> str | None:
    if name.layer == "fc" and name.container[-1:] == ("head",):
        return "fc8"
    return _CALLED.get(name.layer)


def _fitting(proposal: Proposal, rest: Mapping[str, StoredArray], is_house: bool) -> Head:
    """Keep the layers that have the shapes of VGG's."""
    head = Head({}, set())
    for name, keys in proposal.items():
        try:
            layer = stored_layer(name, {part: rest[key] for part, key in keys.items()})
        except UnsuitableFileError:
            continue
        outputs = HEAD_CHANNELS[HEAD.index(name) + 1]
        filters = _flat(layer.filters, _WINDOWS[name], outputs, is_house)
        sizes = [length for length in layer.biases.shape if length != 1]
        if filters is not None and sizes == [outputs]:
            head.layers[name] = StoredLayer(filters, layer.biases)
            head.keys.update(keys.values())
    return head


def _flat(
    filters: StoredArray, window: Shape, outputs: int, is_house: bool
) -> StoredArray | None:
    """Give filters two axes, if they have the shape of a linear layer or of its window."""
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
