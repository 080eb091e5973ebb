"""The names that programs give to the arrays of a VGG.

=================  =====================================================  =======================
``features.0``     torchvision: layers are counted, ReLU and pooling too  ``.weight``, ``.bias``
``features_0``     the same, traced by PyTorch                            ``_weight``, ``_bias``
``slice1.0``       the same, cut into pieces; ``0`` of a bare sequence
``conv1_1``        Caffe and whoever converted its files                  ``.weight``, ``/w``,
                                                                          ``_W``, ``_w_0``
``block1_conv1``   Keras                                                  ``/kernel:0``, ``_W_1:0``
                                                                          ``/Conv2D/ReadVariableOp``
``vgg0_conv0``     ONNX' model zoo: convolutions are counted              ``_weight``, ``_bias``
=================  =====================================================  =======================

Any of them may stand after the names of modules, ``vgg.`` or ``encoder/``, and wrappers that leave
a network as it is may stand anywhere between them: ``features.module.0``.  Filters may also be a
palette: indices of 8 bits (``conv1_1/w_index``, ``features.0.weight_index``) into a table of 256
numbers (``conv1_1/w_table``, ``features.0.weight_table``).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

LONGEST_NAME = 500
"""Letters; a longer name is nobody's."""

_WRAPPERS = {
    "module",  # torch's DataParallel
    "_orig_mod",  # torch.compile
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
}
_PART = re.compile(
    r"[./_](?:(?P<filters>weights?|kernel|filters?|[wW]|(?:Conv2D|MatMul)/ReadVariableOp)"
    r"(?P<palette>_index|_table)?|(?P<biases>bias(?:es)?|b|BiasAdd/ReadVariableOp))(?:_\d+)?(?::0)?"
)
_CONVOLUTION = re.compile(r"(?:conv_?(\d)_|block(\d)_conv)(\d)")
_COUNTED = re.compile(r"(vgg\d+)_(conv|dense)(\d+)")
_JOINED = re.compile(r"(?:(\w*[^_])_+)?(features|classifier)_(\d+)")
_PIECE = re.compile(r"slice_?\d+")

Style = Literal["numbered", "named", "counted", "other"]


@dataclass(frozen=True)
class ArrayName:
    """The name of an array, taken apart.

    Attributes
    ----------
    container : tuple of str
        The modules around the layer, without wrappers: ``("vgg", "features")``.
    style : {"numbered", "named", "counted", "other"}
        How `layer` is called: ``"0"``, ``"conv1_1"``, ``"conv0"`` or ``"dense0"``, ``"fc6"``.
    layer : str
        Within its container; ``block1_conv1`` has become ``conv1_1``.
    part : str
        ``"filters"``, ``"biases"``, ``"filters_index"`` or ``"filters_table"``.
    """

    container: tuple[str, ...]
    style: Style
    layer: str
    part: str


@lru_cache(1 << 14)  # each name is asked for by everybody who looks at it
def parse(key: str) -> ArrayName | None:
    """Take the name of an array apart.

    Parameters
    ----------
    key : str
        ``"vgg.features.0.weight"``.

    Returns
    -------
    ArrayName or None
        None for what is neither filters nor biases of any layer.

    Examples
    --------
    >>> parse("module.features.0.weight")
    ArrayName(container=('features',), style='numbered', layer='0', part='filters')
    >>> parse("vgg_16/conv1/conv1_1/biases").layer, parse("features.1.running_mean")
    ('conv1_1', None)
    """
    found = _part(key)
    if found is None:
        return None
    modules = modules_of(key[: found.start()])
    if not modules:
        return None
    part = "biases" if found["biases"] else "filters" + (found["palette"] or "")
    *container, last = modules
    if match := _COUNTED.fullmatch(last):
        return ArrayName((*container, match[1]), "counted", match[2] + match[3], part)
    if match := _CONVOLUTION.fullmatch(last):
        block = match[1] or match[2]
        around = _without(container, {last, f"conv{block}"})  # TensorFlow names a block, too
        return ArrayName(around, "named", f"conv{block}_{match[3]}", part)
    if match := _JOINED.fullmatch(last):
        around = (*container, *filter(None, match.group(1, 2)))
        return ArrayName(around, "numbered", match[3], part)
    if last.isdecimal():
        pieces = container and _PIECE.fullmatch(container[-1])
        return ArrayName(tuple(container[: -1 if pieces else None]), "numbered", last, part)
    return ArrayName(_without(container, {last}), "other", last, part)


def modules_of(name: str) -> tuple[str, ...]:
    """Split a name into the names of modules, without wrappers."""
    return tuple(part for part in re.split(r"[./]", name) if part and part not in _WRAPPERS)


def _part(key: str) -> re.Match[str] | None:
    """Find what stands after the layer's name; the longest, so that ``_w_0`` is not ``_0``."""
    if len(key) > LONGEST_NAME:
        return None
    starts = [place for place, letter in enumerate(key) if letter in "./_"]
    matches = (_PART.fullmatch(key, place) for place in starts[-4:])
    return next((match for match in matches if match), None)


def _without(container: list[str], repetition: set[str]) -> tuple[str, ...]:
    """Drop a last module that only repeats what its layer is called."""
    return tuple(container[:-1] if container and container[-1] in repetition else container)
