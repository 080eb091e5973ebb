"""Answers for who wants to understand a picture: what its layers see, and what each term wants.

Everything is computed by `backpaint.views`, at the picture as it is now.
"""

from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...images import read_image
from ...views import GradientMaps, gradient_maps, look
from ...views.colors import HEAT, SIGNED, colored, saturation
from ...views.features import layers_up_to
from ...views.gradients import TermGradient
from ...views.receptive_field import receptive_field
from ...weights import VGGWeights, load_weights
from .desk import serve
from .order import Order
from .run import chosen_engine, photograph

CHANNELS = 12
"""Of a layer, the strongest."""
SIDE = 512
"""Pixels of the longer side of a picture whose features are shown, as for `backpaint look`."""
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Whose receptive fields are drawn around a pixel."""


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
    maps = look(_pixels(picture), layer, top=CHANNELS, size=SIDE, weights=_weights(weights))
    strengths = maps.strengths
    return {
        "layer": layer,
        "size": maps.values.shape[1::-1],
        "count": maps.values.shape[2],
        "channels": [
            {
                "number": channel,
                "strength": float(strengths[channel]),
                "image": _drawn(maps.values[:, :, channel]),
            }
            for channel in maps.channels
        ],
    }


def gradients(order: dict[str, Any], picture: str) -> dict[str, Any]:
    """Draw the length of each pixel's gradient, for every term and for the whole loss.

    Parameters
    ----------
    order : dict
        An `Order`, as built-in types.
    picture : str
        A file that its run wrote.
    """
    maps = _maps(msgspec.json.encode(order), picture, _age(picture))
    height, width, _ = maps.picture.shape
    return {
        "size": (width, height),
        "terms": [
            {
                "name": term.name,
                "loss": term.loss,
                "norm": term.norm,
                "share": maps.share(term),
                "image": _drawn(term.magnitude),
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
    maps = _maps(msgspec.json.encode(order), picture, _age(picture))
    height, width, _ = maps.picture.shape
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    weights = _weights(order["recipe"]["weights"])
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


@lru_cache(2)
def _maps(order: bytes, picture: str, age: float) -> GradientMaps:
    """Keep the gradients at a picture: its pixels are asked for one by one."""
    given = msgspec.json.decode(order, type=Order)
    return gradient_maps(
        photograph(given.content),
        photograph(given.style),
        at=_pixels(picture),
        preset=given.recipe,
        weights=_weights(given.recipe.weights),
        engine=chosen_engine(given.engine, given.threads),
    )


@lru_cache(2)
def _weights(name: str) -> VGGWeights:
    return load_weights(name)


def _age(picture: str) -> float:
    return Path(picture).stat().st_mtime


def _pixels(picture: str) -> NDArray[np.float64]:
    """Read what a run wrote: pixels as they are, or its finished painting."""
    if picture.endswith(".npy"):
        return np.asarray(np.load(picture, allow_pickle=False), np.float64)
    return read_image(picture).pixels


def _drawn(values: NDArray[Any]) -> str:
    """Draw a map of numbers as PNG, in base64."""
    scale = SIGNED if values.min() < 0 else HEAT
    file = BytesIO()
    Image.fromarray(colored(values, saturation(values), scale)).save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def main() -> None:
    """Answer until the server closes the pipe."""
    serve({"features": features, "gradients": gradients, "pixel": pixel})
