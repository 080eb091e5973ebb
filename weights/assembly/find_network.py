"""The one VGG among the arrays of a file, and what is left out because it is no part of it.

The rule: what is a VGG's convolution is taken, what lies beside it is named and left out, and what
changes the network (batch normalization, other layers between) or leaves a choice is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...vgg import Layer, layer_table
from .assemble import check_layers, house_shape, known_depth
from .candidates import Candidate, candidates
from .head import find_head, is_in_head
from .layer_names import modules_of, parse
from .left_out import left_out
from .other_networks import changes_convolutions, guess_network, known_network, shortened
from .stored import Shape, StoredArray, StoredLayer, UnsuitableFileError

_FIRST_IN_HOUSE_ORDER = (3, 3, 3, 64)
_MOST_CANDIDATES = 20
_NORMALIZATION = re.compile(
    r"running_mean|running_var|num_batches_tracked|moving_mean|moving_variance|batch_?norm"
)
_OF_TRAINING = re.compile(
    r".*optim.*|opt(_state)?|(max_)?exp_avg(_sq)?s?|adam.*|momentum(_buffers?)?|square_avgs?|rms.*"
    r"|grads?|gradients?|slots?|mu|nu|.*movingaverage",
    re.IGNORECASE,
)
"""Modules in which a training keeps an array for each of the network's, of the same shape."""

_BATCH_NORMALIZATION = "holds a network with batch normalization (vgg16_bn or alike)"
_AMONG_CONVOLUTIONS = re.compile(r"(features|conv|block|bn|batch|norm|scale|layer)\w*")


@dataclass(frozen=True)
class FoundNetwork:
    """The layers of a file that are a VGG's.

    Attributes
    ----------
    layers : mapping of str to StoredLayer
        By the names of the table; filters of the head have two axes.
    is_house : bool
        Whether filters are (3, 3, in, out) instead of (out, in, 3, 3).
    is_palette : bool
        Whether filters are indices into tables.
    left_out : tuple of str
        What else the file holds, in words.
    """

    layers: Mapping[str, StoredLayer]
    is_house: bool
    is_palette: bool
    left_out: tuple[str, ...]


def find_network(
    arrays: Mapping[str, StoredArray], *, is_house: bool | None = None
) -> FoundNetwork:
    """Find the one VGG in a file.

    Parameters
    ----------
    arrays : mapping of str to StoredArray
        Everything that the file holds, by the names in there.
    is_house : bool, optional
        What the format says of the order of axes; without it, the shape of the first layer tells.

    Returns
    -------
    FoundNetwork
        Its shapes are still to be checked.

    Raises
    ------
    UnsuitableFileError
        If there is none, or more than one, or one with other layers in between.
    """
    network = _the_one(candidates(arrays), arrays, is_house)
    _require_nothing_between(network, arrays)
    layers = network.layers()
    is_house = _is_house(layers) if is_house is None else is_house
    taken = network.convolution_keys()
    rest = {key: array for key, array in arrays.items() if key not in taken}
    head = find_head(rest, network, is_house=is_house)
    if "fc6" in head.layers:
        _require_all_convolutions(layers)
    return FoundNetwork(
        layers=layers | head.layers if head.is_whole else layers,
        is_house=is_house,
        is_palette=network.is_palette,
        left_out=left_out(
            {} if head.is_whole else {key: rest[key] for key in rest if key in head.keys},
            {key: rest[key] for key in rest if key not in head.keys},
        ),
    )


def outputs_first_shape(layer: Layer) -> Shape:
    """Return the shape of filters in PyTorch's and Caffe's order: (out, in, 3, 3), or (out, in)."""
    if layer.kind == "linear":
        return house_shape(layer)[::-1]
    return (layer.channels_out, layer.channels_in, 3, 3)


def _the_one(
    found: list[Candidate], arrays: Mapping[str, StoredArray], is_house: bool | None
) -> Candidate:
    """Decide among the places that may hold the network: by their content."""
    if not found:
        raise UnsuitableFileError(_instead(arrays))
    if len(found) == 1:
        return found[0]
    if len(found) > _MOST_CANDIDATES:  # each is compared with all arrays
        raise UnsuitableFileError(f"holds {len(found)} networks", "one, saved alone")
    fitting = [candidate for candidate in found if _is_vgg(candidate, arrays, is_house)]
    if not fitting:
        return max(found, key=lambda candidate: len(candidate.keys))
    networks = [candidate for candidate in fitting if not _is_of_training(candidate)] or fitting
    if len(networks) > 1:
        titles = " and ".join(f"`{candidate.title}`" for candidate in networks[:3])
        raise UnsuitableFileError(
            f"holds {len(networks)} networks, with {titles}", "one, saved alone"
        )
    return networks[0]


def _is_vgg(candidate: Candidate, arrays: Mapping[str, StoredArray], is_house: bool | None) -> bool:
    try:
        _require_nothing_between(candidate, arrays)
        layers = candidate.layers()
        is_house = _is_house(layers) if is_house is None else is_house
        check_layers(layers, house_shape if is_house else outputs_first_shape)
    except UnsuitableFileError:
        return False
    return True


def _is_of_training(candidate: Candidate) -> bool:
    return any(map(_OF_TRAINING.fullmatch, candidate.container))


def _is_house(layers: Mapping[str, StoredLayer]) -> bool:
    first = layers.get("conv1_1")
    return first is not None and first.filters.shape == _FIRST_IN_HOUSE_ORDER


def _require_all_convolutions(layers: Mapping[str, StoredLayer]) -> None:
    """Refuse fc6 after a part of the convolutions: it is no VGG's then, or the file is cut."""
    rows = layer_table(known_depth(layers) or 16)
    missing = [row.name for row in rows if row.kind == "conv" and row.name not in layers]
    if missing:
        raise UnsuitableFileError(f"holds fc6 without {shortened(missing)}")


def _require_nothing_between(network: Candidate, arrays: Mapping[str, StoredArray]) -> None:
    """Refuse arrays that say that something else happens between the convolutions."""
    for key in arrays:
        inside = _inside(key, network)
        if key in network.keys or not inside or is_in_head(key, network.root):
            continue
        is_near = len(inside) == 1 or inside[0] in network.container[-1:]
        is_near = is_near or _AMONG_CONVOLUTIONS.fullmatch(inside[0]) is not None
        if is_near and _NORMALIZATION.search(key):
            raise UnsuitableFileError(_BATCH_NORMALIZATION)
        if len(inside) == 1 and (changes_convolutions(inside[0]) or known_network(inside)):
            raise UnsuitableFileError(guess_network(inside, None))
        if _is_of_convolution(key, network):
            raise UnsuitableFileError(f"holds an array `{key}`", "filters and biases alone")


def _inside(key: str, network: Candidate) -> tuple[str, ...]:
    """Name the modules around an array and its layer, from the network on; empty if outside."""
    name = parse(key)
    modules = modules_of(key)[:-1] if name is None else (*name.container, name.layer)
    root = network.root
    return modules[len(root) :] if modules[: len(root)] == root else ()


def _is_of_convolution(key: str, network: Candidate) -> bool:
    """Whether an array belongs to a layer of the network, but is neither its filters nor biases."""
    modules, depth = modules_of(key), len(network.container)
    if modules[:depth] != network.container or len(modules) < depth + 2:
        return False
    layer = modules[depth]
    is_counted = network.style == "numbered" and layer.isdecimal()
    return (is_counted or layer in network.parts) and not any(map(_OF_TRAINING.fullmatch, modules))


def _instead(arrays: Mapping[str, StoredArray]) -> str:
    """Describe a file in which nothing is called as a VGG's layers."""
    if any(map(_NORMALIZATION.search, arrays)):
        return _BATCH_NORMALIZATION
    names = {key: parse(key) for key in arrays}
    titles = [
        ".".join((*name.container, name.layer)) if name else key for key, name in names.items()
    ]
    first = next(iter(arrays.values()), None)
    return guess_network(list(dict.fromkeys(titles)), first.shape if first else None)
