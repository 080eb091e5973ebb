"""Maps of each term's gradient, and the numbers of one pixel."""

from functools import lru_cache
from typing import Any

import msgspec

from ....views.features import layers_up_to
from ....views.gradients import GradientMaps, TermGradient, gradients_of
from ....views.receptive_field import receptive_field
from ....weights import VGGWeights
from ..order import Order
from .parts import age, drawn, network, opened, pixels_of

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Whose receptive fields are drawn around a pixel."""


def gradients(order: dict[str, Any], picture: str) -> dict[str, Any]:
    """Draw the length of each pixel's gradient, for every term and for the whole loss.

    Parameters
    ----------
    order : dict
        An `Order`, as built-in types.
    picture : str
        A file that its run wrote.
    """
    maps = maps_of(order, picture)
    height, width, _ = maps.picture.shape
    return {
        "size": (width, height),
        "terms": [
            {
                "name": term.name,
                "loss": term.loss,
                "norm": term.norm,
                "share": maps.share(term),
                "image": drawn(term.magnitude),
            }
            for term in (maps.whole, *maps.terms)
        ],
    }


def pixel(order: dict[str, Any], picture: str, x: int, y: int) -> dict[str, Any]:
    """Return the numbers of one pixel, and what part of the picture each layer sees around it.

    Parameters
    ----------
    order, picture
        As for `gradients`.
    x, y : int
        Column and row; brought into the picture.
    """
    maps = maps_of(order, picture)
    height, width, _ = maps.picture.shape
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    weights = network(order["recipe"]["weights"])
    return {
        "at": (x, y),
        "levels": maps.picture[y, x].tolist(),
        "terms": [_row(term, x, y) for term in (*maps.terms, maps.whole)],
        "fields": [_field(layer, weights, (x, y), (width, height)) for layer in LAYERS],
    }


def _row(term: TermGradient, x: int, y: int) -> dict[str, Any]:
    return {"name": term.name, "gradient": term.gradient[y, x].tolist()}


def _field(
    name: str, weights: VGGWeights, at: tuple[int, int], size: tuple[int, int]
) -> dict[str, Any]:
    """Find the pixels that the entry of a layer depends on which lies over a pixel."""
    layers = layers_up_to(name, weights)
    spans = []
    for place, length in zip(at, size, strict=True):
        last = max(length // layers[-1].stride - 1, 0)
        spans.append(receptive_field(min(place // layers[-1].stride, last), layers, length))
    return {"layer": name, "x": spans[0], "y": spans[1]}


def maps_of(order: dict[str, Any], picture: str) -> GradientMaps:
    """Compute the gradients at a picture, or take them from before."""
    return _maps(msgspec.json.encode(order), picture, age(picture))


@lru_cache(2)
def _maps(order: bytes, picture: str, written: float) -> GradientMaps:
    """Keep the gradients at a picture: its pixels are asked for one by one."""
    given = msgspec.json.decode(order, type=Order)
    return gradients_of(opened(given), pixels_of(picture))
