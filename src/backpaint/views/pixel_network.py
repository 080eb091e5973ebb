"""The network as it was trained, run on pixels: for looking at features, and for classifying."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from ..presets import load_preset, with_changes
from ..problem.pixels import network_input_map
from ..problem.recipe import NetworkOptions
from ..vgg import Layer
from ..weights import VGGWeights

if TYPE_CHECKING:
    from ..reference.network import Network

TRAINED = NetworkOptions()


def pixel_network(
    weights: VGGWeights,
    layers: Sequence[Layer] | None = None,
    dtype: DTypeLike = np.float32,
    options: NetworkOptions = TRAINED,
) -> "Network":
    """Make a network whose input is R, G, B from 0 to 255.

    Parameters
    ----------
    weights : VGGWeights
        Their normalization is applied inside.
    layers : sequence of Layer, optional
        Which to run, from the first on; absent: all.
    dtype : dtype
        float32 or float64.
    options : NetworkOptions
        Absent: max pooling and upright filters, as both VGGs were trained.
    """
    from ..reference.network import Network

    of_pixels = with_changes(load_preset("gatys"), {"variable": {}})
    input_map = network_input_map(of_pixels, weights.normalization)
    return Network(layers or weights.layers, weights, options, input_map, dtype)
