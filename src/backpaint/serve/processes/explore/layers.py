"""A layer's channels in a picture, and a layer's filters in themselves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import UsageError
from ....vgg import Layer
from ....views import look, look_at_filters
from ....views.features import layers_up_to
from ....views.filters import FIRST, around_gray, mosaic
from .parts import drawn, encoded, network, pixels_of

CHANNELS = 12
"""Of a layer, the strongest."""
SIDE = 512
"""Pixels of the longer side of a picture whose features are shown, as for `backpaint look`."""
FILTERS = 16
"""Drawn at a time, of a layer whose filters weigh channels."""


def features(picture: str, layer: str, weights: str) -> dict[str, Any]:
    """Draw the strongest channels of a layer.

    Parameters
    ----------
    picture : str
        A file that a run wrote.
    layer : str
        ``"relu3_1"``.
    weights : {"vgg16", "vgg19"}
    """
    maps = look(pixels_of(picture), layer, top=CHANNELS, size=SIDE, weights=network(weights))
    strengths = maps.strengths
    return {
        "layer": layer,
        "size": maps.values.shape[1::-1],
        "count": maps.values.shape[2],
        "channels": [
            {
                "number": channel,
                "strength": float(strengths[channel]),
                "image": drawn(maps.values[:, :, channel]),
            }
            for channel in maps.channels
        ],
    }


def filters(layer: str, weights: str, first: int) -> dict[str, Any]:
    """Draw the filters of a convolution: the first layer's as colors, others as their numbers.

    Parameters
    ----------
    layer : str
        A convolution, or what follows it.
    weights : {"vgg16", "vgg19"}
    first : int
        The first to draw; all of the first layer's are.
    """
    found = convolution_before(layer, weights)
    if found.name == FIRST:
        return _as_colors(found, weights)
    w = network(weights).filters[found.name]
    chosen = range(min(max(first, 0), found.channels_out - 1), found.channels_out)[:FILTERS]
    shown = [_told(k, w[:, :, :, k], drawn(mosaic(w[:, :, :, k]))) for k in chosen]
    return _answer(found, shown, chosen.start)


def convolution_before(layer: str, weights: str) -> Layer:
    """Find the convolution whose output a layer hands on.

    Raises
    ------
    UsageError
        If there is no such layer, or it has no height and width.
    """
    convolutions = [one for one in layers_up_to(layer, network(weights)) if one.kind == "conv"]
    if not convolutions:
        raise UsageError(f"no convolution comes before {layer}; choose a layer behind one")
    return convolutions[-1]


def _as_colors(layer: Layer, weights: str) -> dict[str, Any]:
    made = look_at_filters(FIRST, weights=network(weights))
    shown = [
        _told(k, patch, encoded(around_gray(patch)))
        for k, patch in zip(made.channels, made.patches, strict=True)
    ]
    return _answer(layer, shown, 0)


def _told(number: int, values: NDArray[np.floating], image: str) -> dict[str, Any]:
    return {"number": number, "largest": float(np.abs(values).max()), "image": image}


def _answer(layer: Layer, shown: list[dict[str, Any]], first: int) -> dict[str, Any]:
    return {
        "layer": layer.name,
        "inputs": layer.channels_in,
        "count": layer.channels_out,
        "first": first,
        "filters": shown,
    }
