"""The convolutions of all layers in both directions, prepared once for pictures of any size."""

from collections.abc import Sequence

import numpy as np

from ...problem.orientation import oriented
from ...problem.recipe import NetworkOptions
from ...vgg import Layer
from ...vgg_weights import VGGWeights
from ..threads.workspace import Float32
from .convolution import Convolution, DirectConvolution, turned, with_ones
from .large_filters import LargeFilters, are_large
from .winograd import transform_filters
from .winograd_convolution import SmallFilters


class Convolutions:
    """Convolutions forward and with respect to their input, by the layer's name.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one on.
    weights : VGGWeights
        Filters and biases of at least these layers.
    options : NetworkOptions
        Whether the filters are turned.
    exact : bool
        Direct products everywhere, instead of Winograd's.

    Attributes
    ----------
    forward, backward : dict of str to Convolution
        The first layer's are direct: its three channels leave Winograd nothing to save.  Forward,
        it reads a fourth channel of ones, which bring the bias.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        weights: VGGWeights,
        options: NetworkOptions,
        *,
        exact: bool = False,
    ) -> None:
        self.exact = exact
        self.forward: dict[str, Convolution] = {}
        self.backward: dict[str, Convolution] = {}
        for layer in (layer for layer in layers if layer.kind == "conv"):
            w = np.ascontiguousarray(oriented(weights.filters[layer.name], options), np.float32)
            bias = weights.biases[layer.name].astype(np.float32, copy=False)
            self.forward[layer.name], self.backward[layer.name] = _pair(layer, w, bias, exact)


def _pair(layer: Layer, w: Float32, bias: Float32, exact: bool) -> tuple[Convolution, Convolution]:
    """Choose how a layer is computed, forward and backward."""
    if layer.channels_in == 3:
        return DirectConvolution(with_ones(w, bias)), DirectConvolution(turned(w))
    if exact:
        return DirectConvolution(w, bias), DirectConvolution(turned(w))
    forward = (
        LargeFilters(w, bias)
        if are_large(layer.channels_in, layer.channels_out)
        else SmallFilters(transform_filters(w), bias)
    )
    return forward, forward.backward()
