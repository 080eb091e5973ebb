"""The filters of all layers, prepared for both directions, once for pictures of any size."""

from collections.abc import Sequence

import numpy as np

from ..orientation import oriented
from ..recipe import NetworkOptions
from ..vgg import Layer
from ..weights.vgg_weights import VGGWeights
from .convolution import Convolution
from .direct_convolution import DirectConvolution, turned
from .winograd import Float32, transform_filters
from .winograd_convolution import WinogradConvolution, backward_of


class Filters:
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
        The first layer's are direct: its three channels leave Winograd nothing to save.
    biases : dict of str to (K,) ndarray of float32
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
        self.biases: dict[str, Float32] = {}
        for layer in (layer for layer in layers if layer.kind == "conv"):
            w = oriented(weights.filters[layer.name], options).astype(np.float32, copy=False)
            self.biases[layer.name] = weights.biases[layer.name].astype(np.float32, copy=False)
            if exact or layer.channels_in == 3:
                self.forward[layer.name] = DirectConvolution(w)
                self.backward[layer.name] = DirectConvolution(turned(w))
            else:
                forward = WinogradConvolution(transform_filters(w))
                self.forward[layer.name] = forward
                self.backward[layer.name] = backward_of(forward)
