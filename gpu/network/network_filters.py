"""The filters of all layers on the device, prepared for both directions."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...problem.orientation import oriented
from ...problem.recipe import NetworkOptions
from ...vgg import Layer
from ...vgg_weights import VGGWeights
from ..convolution.convolution import Convolve
from ..convolution.filters import Filters, prepare_filters
from ..convolution.filters import Precision as ConvPrecision
from ..convolution.launch import launch_conv
from ..convolution.tiles import PICTURE_CHANNELS
from ..device.choice import Choose, usual
from ..device.device import to_device
from ..sums.products import GramPrecision

Precision = Literal["exact", "tf32", "fast"]


def stored_dtype(precision: Precision, real: np.dtype[np.floating]) -> np.dtype[np.floating]:
    """Return what feature maps and their gradients are kept as."""
    return np.dtype(np.float16) if precision == "fast" else real


class NetworkFilters:
    """Convolutions forward and with respect to their input, by the layer's name.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one on.
    weights : VGGWeights
        Filters and biases of at least these layers.
    options : NetworkOptions
        Whether the filters are turned.
    precision : {"exact", "tf32", "fast"}
        See `backpaint.gpu.GPUObjective`.
    dtype : dtype
        float32 or float64: of sums, biases, the picture and its gradient.
    convolve : callable
        What applies the filters; see `tuner.convolver`.
    choose : callable
        What chooses among kernels that do one thing; see `tuner.chooser`.

    Attributes
    ----------
    forward, backward : dict of str to Filters
        The picture's own convolution has three channels and is always ``exact``.
    biases : dict of str to (K,) ndarray
        On the host; a network scales and sends its own.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        weights: VGGWeights,
        options: NetworkOptions,
        precision: Precision,
        dtype: np.dtype[np.floating],
        convolve: Convolve = launch_conv,
        choose: Choose = usual,
    ) -> None:
        self.precision, self.dtype = precision, dtype
        self.convolve, self.choose = convolve, choose
        self.forward: dict[str, Filters] = {}
        self.backward: dict[str, Filters] = {}
        self.biases: dict[str, NDArray[np.floating]] = {}
        for layer in (layer for layer in layers if layer.kind == "conv"):
            w = np.ascontiguousarray(oriented(weights.filters[layer.name], options), dtype)
            own = "exact" if layer.channels_in == PICTURE_CHANNELS else self.products
            w = to_device(w) if own == "exact" else w
            self.forward[layer.name] = prepare_filters(w, own)
            self.backward[layer.name] = prepare_filters(w, own, turned=True)
            self.biases[layer.name] = weights.biases[layer.name].astype(dtype)

    @property
    def products(self) -> ConvPrecision:
        """The kernels that convolve: float32 exactly is done on tensor cores, in pieces."""
        is_split = self.precision == "exact" and self.dtype == np.float32
        return "split" if is_split else self.precision

    @property
    def stored(self) -> np.dtype[np.floating]:
        """The type of feature maps and their gradients."""
        return stored_dtype(self.precision, self.dtype)

    @property
    def gram_precision(self) -> GramPrecision:
        """The products of Gram matrices."""
        return "exact" if self.precision == "exact" else "tf32"
