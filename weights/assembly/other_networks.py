"""Names for the networks that people take for a VGG-16 or VGG-19."""

import re
from collections.abc import Sequence

_BY_FIRST_FILTERS = {
    (11, 11, 3, 64): "VGG-F",
    (7, 7, 3, 96): "VGG-M or VGG-S",
    (11, 11, 3, 96): "AlexNet or CaffeNet",
}
_BY_LAYER_NAME = {
    "inception": "an Inception network (GoogLeNet)",
    "mixed": "an Inception network",
    "conv_dw": "a MobileNet",
    "conv_pw": "a MobileNet",
    "branch": "a ResNet",
    "_bn": "a ResNet or another network with batch normalization",
    "bn_": "a ResNet or another network with batch normalization",
    "batch_norm": "a network with batch normalization",
}
_BETWEEN = re.compile(r"(bn|batch|scale|p?relu|norm)_?\d.*|.*[_-](bn|scale|prelu)")


def guess_network(names: Sequence[str], first_filters: tuple[int, ...] | None) -> str:
    """Return which network layers that are not VGG's belong to.

    Parameters
    ----------
    names : sequence of str
        The layers that VGG-16 and VGG-19 do not have.
    first_filters : tuple of int or None
        Shape of the first layer's filters, as a MATLAB file gives it.

    Returns
    -------
    str
        ``"holds VGG-F"``, ``"holds the unknown layers x, y"``, ``"holds no layers with weights"``.
    """
    if not names:
        return "holds no layers with weights"
    if first_filters in _BY_FIRST_FILTERS:
        return f"holds {_BY_FIRST_FILTERS[first_filters]}"
    if known := known_network(names):
        return f"holds {known}"
    return f"holds the unknown layers {shortened(names)}"


def known_network(names: Sequence[str]) -> str | None:
    """Name the network that layers of these names are typical of."""
    for part, network in _BY_LAYER_NAME.items():
        if any(part in name.lower() for name in names):
            return network
    return None


def changes_convolutions(name: str) -> bool:
    """Whether a layer is called like one between convolutions that computes with numbers."""
    return _BETWEEN.fullmatch(name.lower()) is not None


def shortened(names: Sequence[str]) -> str:
    """List up to four names, as many as a sentence can bear."""
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
