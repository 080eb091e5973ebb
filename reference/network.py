"""A VGG forward and backward: the operations of this folder, one layer after the other."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike

from ..problem.orientation import oriented
from ..problem.pixels import NetworkInputMap
from ..problem.recipe import NetworkOptions
from ..vgg import HEAD_IMAGE_SIZE, Layer
from ..vgg_weights import VGGWeights
from .arrays import Floats
from .average_pool import average_pool_backward, average_pool_forward
from .conv import conv_backward_bias, conv_backward_input, conv_backward_weights, conv_forward
from .edge_pad import edge_pad_backward, edge_pad_forward
from .linear import (
    linear_backward_bias,
    linear_backward_input,
    linear_backward_weights,
    linear_forward,
)
from .max_pool import max_pool_backward, max_pool_forward
from .overlapping_average_pool import (
    overlapping_average_pool_backward,
    overlapping_average_pool_forward,
)
from .preprocess import preprocess_backward, preprocess_forward
from .relu import relu_backward, relu_forward

INPUT = "input"
"""The name under which the network's own input is kept: the preprocessed picture."""

Values = dict[str, Floats]
"""The output of each layer that was kept, by the layer's name."""


class Network:
    """A VGG's layers with their filters, ready to run in one precision.

    Parameters
    ----------
    layers : sequence of Layer
        What to run, from the first layer on; see `backpaint.vgg.layer_table`.
    weights : VGGWeights
        Filters and biases of at least these layers.
    options : NetworkOptions
        Kind of pooling, and whether the filters are turned.
    input_map : NetworkInputMap
        How the picture becomes the network's input.
    dtype : dtype
        float64 or float32.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        weights: VGGWeights,
        options: NetworkOptions,
        input_map: NetworkInputMap,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.layers = tuple(layers)
        self.options = options
        self.input_map = input_map
        self.dtype = np.dtype(dtype)
        names = [layer.name for layer in layers if layer.kind in ("conv", "linear")]
        self.filters = {
            name: oriented(weights.filters[name], options).astype(dtype, copy=False)
            for name in names
        }
        self.biases = {name: weights.biases[name].astype(dtype, copy=False) for name in names}

    def forward(self, x: Floats, taps: Collection[str]) -> Values:
        """Run the network on a picture.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float
            R, G, B, in units of the recipe's variable; converted to the network's dtype.
        taps : collection of str
            Names of layers whose output is wanted: ``conv4_2`` before its ReLU, ``relu4_2`` after.

        Returns
        -------
        dict of str to ndarray
            The taps, and every other output that the backward pass needs: all but those of
            convolutions, since a ReLU's gradient needs only what came out of the ReLU.
        """
        scale, offset, order = self.input_map.scale, self.input_map.offset, self.input_map.order
        value = preprocess_forward(np.asarray(x, self.dtype), scale, offset, order)
        values = {INPUT: value}
        previous = INPUT
        for layer in self.layers:
            value = self._layer_forward(layer, value, previous)
            values[layer.name] = value
            if layer.kind == "relu" and previous not in taps:
                del values[previous]
            previous = layer.name
        return values

    def backward(self, values: Values, grad_taps: Mapping[str, Floats]) -> Floats:
        """Carry gradients from any set of layers back to the picture.

        Parameters
        ----------
        values : dict of str to ndarray
            The result of `forward`.
        grad_taps : mapping of str to ndarray
            Gradient of the loss with respect to each tapped output, same shapes.

        Returns
        -------
        (H, W, 3) ndarray of float
            Gradient of the loss with respect to ``x``.

        Notes
        -----
        1. Begin at the deepest tap, with its gradient.
        2. Go back one layer: its backward turns the gradient of its output into that of its input.
        3. Where that input is a tap as well, its own gradient is added: two ways lead from there
           to the loss, and their slopes add up.
        4. From the first layer, go back through the preprocessing.
        """
        ((_, grad),) = deque(self._way_back(values, grad_taps), maxlen=1)  # the input's, the last
        return preprocess_backward(grad, self.input_map.scale, self.input_map.order)

    def backward_filters(
        self, values: Values, grad_taps: Mapping[str, Floats]
    ) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Carry gradients from any set of layers back to all filters and biases.

        Parameters
        ----------
        values, grad_taps
            As for `backward`.

        Returns
        -------
        grad_filters, grad_biases : dict of str to ndarray
            By layer name, for every convolution and linear layer up to the deepest tap.
        """
        inputs, kinds = self._inputs(), {layer.name: layer.kind for layer in self.layers}
        grad_filters: dict[str, Floats] = {}
        grad_biases: dict[str, Floats] = {}
        for name, grad_y in self._way_back(values, grad_taps):
            if kinds.get(name) == "conv":
                grad_filters[name] = self._conv_backward_weights(
                    grad_y, values[inputs[name]], inputs[name]
                )
                grad_biases[name] = conv_backward_bias(grad_y)
            elif kinds.get(name) == "linear":
                x = values[inputs[name]].ravel()
                grad_filters[name] = linear_backward_weights(grad_y, x)
                grad_biases[name] = linear_backward_bias(grad_y)
        return dict(reversed(grad_filters.items())), dict(reversed(grad_biases.items()))

    def layer_gradients(
        self, values: Values, grad_taps: Mapping[str, Floats], name: str
    ) -> tuple[Floats, Floats]:
        """Carry gradients from any set of layers back to one layer.

        Parameters
        ----------
        values, grad_taps
            As for `backward`.
        name : str
            The layer; no deeper than the deepest tap.

        Returns
        -------
        grad_y, grad_x : ndarray of float
            With respect to its output and to its input; where that is a tap, both ways to the loss
            count.

        Raises
        ------
        ValueError
            If the layer is deeper than every tap: the loss does not depend on it.
        """
        way = self._way_back(values, grad_taps)
        for layer, grad_y in way:
            if layer == name:
                return grad_y, next(way)[1]
        raise ValueError(f"no gradient comes to {name}, which is deeper than every tap")

    def _way_back(
        self, values: Values, grad_taps: Mapping[str, Floats]
    ) -> Iterator[tuple[str, Floats]]:
        """Yield the gradient at each layer's output, deepest tap first; last, at the input."""
        unknown = set(grad_taps) - {layer.name for layer in self.layers}
        if unknown:
            raise ValueError(f"gradients for {sorted(unknown)}, which this network does not run")
        inputs, grad = self._inputs(), None
        for layer in reversed(self.layers):
            if layer.name in grad_taps:
                grad_tap = grad_taps[layer.name]
                grad = grad_tap if grad is None else grad + grad_tap
            if grad is None:
                continue  # deeper than every tap
            yield layer.name, grad
            grad = self._layer_backward(layer, grad, values, inputs[layer.name])
        yield INPUT, np.zeros_like(values[INPUT]) if grad is None else grad

    def input_of(self, name: str) -> str:
        """Name the layer before a layer; `INPUT` before the first."""
        return self._inputs()[name]

    def _inputs(self) -> dict[str, str]:
        """Return the layer before each layer, by name."""
        names = [layer.name for layer in self.layers]
        return dict(zip(names, [INPUT, *names], strict=False))

    def _repeats_edge(self, previous: str) -> bool:
        """Whether a convolution of this input is padded with its edge, instead of zeros."""
        return previous == INPUT and self.options.first_padding == "edge"

    def _conv_forward(self, layer: Layer, x: Floats, previous: str) -> Floats:
        """Convolve; what lies beyond a picture's edge is dropped again, and its zeros with it."""
        w, b = self.filters[layer.name], self.biases[layer.name]
        if not self._repeats_edge(previous):
            return conv_forward(x, w, b)
        return conv_forward(edge_pad_forward(x), w, b)[1:-1, 1:-1]

    def _conv_backward_input(self, grad_y: Floats, layer: Layer, previous: str) -> Floats:
        w = self.filters[layer.name]
        if not self._repeats_edge(previous):
            return conv_backward_input(grad_y, w)
        # forward:  y = conv(edge_pad(x)) without its border
        # so:       dx = edge_pad_backward(conv_backward(dy with a border of zeros))
        return edge_pad_backward(conv_backward_input(_with_border(grad_y), w))

    def _conv_backward_weights(self, grad_y: Floats, x: Floats, previous: str) -> Floats:
        if not self._repeats_edge(previous):
            return conv_backward_weights(grad_y, x)
        return conv_backward_weights(_with_border(grad_y), edge_pad_forward(x))

    def _layer_forward(self, layer: Layer, x: Floats, previous: str) -> Floats:
        if layer.kind == "conv":
            return self._conv_forward(layer, x, previous)
        if layer.kind == "relu":
            return relu_forward(x)
        if layer.kind == "pool":
            return self._pool_forward(x)
        if x.size != layer.channels_in:
            raise ValueError(
                f"{layer.name} needs a picture of {HEAD_IMAGE_SIZE} x {HEAD_IMAGE_SIZE} pixels; "
                f"its input is {x.size} numbers instead of {layer.channels_in}"
            )
        return linear_forward(x.ravel(), self.filters[layer.name], self.biases[layer.name])

    def _layer_backward(
        self, layer: Layer, grad_y: Floats, values: Values, previous: str
    ) -> Floats:
        if layer.kind == "conv":
            return self._conv_backward_input(grad_y, layer, previous)
        if layer.kind == "relu":
            return relu_backward(grad_y, values[layer.name])
        if layer.kind == "pool":
            return self._pool_backward(grad_y, values[previous])
        grad_x = linear_backward_input(grad_y, self.filters[layer.name])
        return grad_x.reshape(values[previous].shape)

    def _pool_forward(self, x: Floats) -> Floats:
        if self.options.pool == "max":
            return max_pool_forward(x, self.options.edge)
        if self.options.pool == "average":
            return average_pool_forward(x, self.options.edge)
        return overlapping_average_pool_forward(x, self.options.count_padding)

    def _pool_backward(self, grad_y: Floats, x: Floats) -> Floats:
        if self.options.pool == "max":
            return max_pool_backward(grad_y, x, self.options.edge)
        if self.options.pool == "average":
            return average_pool_backward(grad_y, x, self.options.edge)
        return overlapping_average_pool_backward(grad_y, x, self.options.count_padding)


def _with_border(grad_y: Floats) -> Floats:
    """Put one row or column of zeros on each side of a gradient."""
    return np.pad(grad_y, ((1, 1), (1, 1), (0, 0)))
