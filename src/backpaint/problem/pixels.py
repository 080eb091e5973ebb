"""The linear maps between pixels, what the optimizer moves, and what the network sees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..vgg_weights import Normalization
from .recipe import Affine, NetworkInput, Recipe
from .section import Triple

Pixels = NDArray[np.float64]
Order = tuple[int, int, int]
RGB: Order = (0, 1, 2)
BGR: Order = (2, 1, 0)


@dataclass(frozen=True)
class NetworkInputMap:
    """The map from variable to network input: ``(x * scale + offset)[..., order]``.

    Attributes
    ----------
    scale, offset : (3,) tuple of float
        Per channel in R, G, B order.
    order : (0, 1, 2) or (2, 1, 0)
        Which channel comes first, second, third.
    """

    scale: Triple
    offset: Triple
    order: Order


def to_variable(pixels: NDArray[np.float64], variable: Affine) -> NDArray[np.float64]:
    """Turn R, G, B pixels 0..255 into what the optimizer moves, same shape (..., 3)."""
    x: NDArray[np.float64] = (pixels * variable.scale - np.array(variable.mean)) / variable.std
    return x


def to_pixels(x: NDArray[np.float64], variable: Affine) -> NDArray[np.float64]:
    """Undo `to_variable`; values may lie outside 0..255."""
    pixels: NDArray[np.float64] = (x * np.array(variable.std) + variable.mean) / variable.scale
    return pixels


def network_input_map(recipe: Recipe, normalization: Normalization) -> NetworkInputMap:
    """Compose "variable to pixels" with "pixels to what these weights expect".

    Parameters
    ----------
    recipe : Recipe
        Its variable, and where it departs from what the weights were trained on.
    normalization : Normalization
        What the weights were trained on.

    Returns
    -------
    NetworkInputMap
        One scale and one offset per channel.

    Notes
    -----
    With x = (rgb s - m) / d for the variable and y = (rgb s' - m') / d' for the network::

        y = x (d / d') (s' / s) + (m (s' / s) - m') / d'
    """
    departure: NetworkInput = getattr(recipe.input, normalization.family)
    scale = normalization.scale if departure.scale is None else departure.scale
    mean = normalization.mean if departure.mean is None else departure.mean
    std = normalization.std if departure.std is None else departure.std
    variable, ratio = recipe.variable, scale / recipe.variable.scale
    order = BGR if (normalization.order == "bgr") != departure.swap_channels else RGB
    r, g, b = (
        (variable.std[c] / std[c] * ratio, (variable.mean[c] * ratio - mean[c]) / std[c])
        for c in range(3)
    )
    return NetworkInputMap((r[0], g[0], b[0]), (r[1], g[1], b[1]), order)
