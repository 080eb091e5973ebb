"""Needs of all answers: a run's picture, its session, and pictures of numbers."""

from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ....images import read_image
from ....painting.session import Session
from ....views.colors import HEAT, SIGNED, colored, saturation
from ....weights import VGGWeights, load_weights
from ..order import Order
from ..run import open_order


def as_order(order: dict[str, Any]) -> Order:
    """Read an order that came as built-in types."""
    return msgspec.convert(order, Order)


def opened(order: Order) -> Session:
    """Open the session of a run; its network is kept."""
    return open_order(order, weights=network(order.recipe.weights))


@lru_cache(2)
def network(name: str) -> VGGWeights:
    """Load a network, or take it from before."""
    return load_weights(name)


def age(picture: str) -> float:
    """Return when a picture was written: it is another one after that."""
    return Path(picture).stat().st_mtime


def pixels_of(picture: str) -> NDArray[np.float64]:
    """Read what a run wrote: pixels as they are, or its finished painting."""
    if picture.endswith(".npy"):
        return np.asarray(np.load(picture, allow_pickle=False), np.float64)
    return read_image(picture).pixels


def drawn(values: NDArray[Any], limit: float | None = None) -> str:
    """Draw a map of numbers; where none is negative, from dark to light.

    Parameters
    ----------
    values : (h, w) ndarray of float
    limit : float, optional
        What is brightest; absent: 99.5 % are darker.
    """
    scale = SIGNED if values.min() < 0 else HEAT
    return encoded(colored(values, saturation(values) if limit is None else limit, scale))


def encoded(pixels: NDArray[np.uint8]) -> str:
    """Write bytes of R, G, B as PNG, in base64."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return b64encode(file.getvalue()).decode()
