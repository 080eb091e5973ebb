"""The network of a recipe, in the words of a library."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...problem.problem import Problem
from ..libraries.twins import Library, Tensor
from ..operations.operation import Array, Values

RGB, BGR = (0, 1, 2), (2, 1, 0)


class NetworkTwin:
    """All layers up to the last tap, from the variable.

    Parameters
    ----------
    library : Library
    problem : Problem
    """

    def __init__(self, library: Library, problem: Problem) -> None:
        self.library, self.problem, self.recipe = library, problem, problem.recipe
        self._layers, self._taps = problem.layers, problem.taps

    def constants(self) -> Values:
        """List filters and biases, as ``w conv1_1`` and ``b conv1_1``."""
        values: Values = {}
        for layer in self._layers:
            if layer.kind == "conv":
                w = self.problem.weights.filters[layer.name].astype(np.float64)
                values[f"w {layer.name}"] = np.ascontiguousarray(self._oriented(w))
                values[f"b {layer.name}"] = self.problem.weights.biases[layer.name].astype(float)
        return values

    def features(self, tensors: Mapping[str, Tensor], x: Tensor) -> dict[str, Tensor]:
        """Run the network on a variable, and keep what terms look at."""
        repeats_edge, seen = self.recipe.network.first_padding == "edge", self._network_input(x)
        if repeats_edge:
            seen = self.library.edge_pad_forward(seen)
        y, values = self.library.enter_network(seen), {}
        for layer in self._layers:
            if layer.kind == "conv":
                y = self.library.conv_forward(
                    y, tensors[f"w {layer.name}"], tensors[f"b {layer.name}"]
                )
                if repeats_edge and layer is self._layers[0]:
                    inner = self.library.leave_network(y)[1:-1, 1:-1]
                    y = self.library.enter_network(inner)
            elif layer.kind == "relu":
                y = self.library.relu_forward(y)
            else:
                y = self._pool(y)
            if layer.name in self._taps:
                values[layer.name] = self.library.leave_network(y)
        return values

    def _network_input(self, x: Tensor) -> Tensor:
        """Go from the variable to pixels, and from there to what the network is fed."""
        variable, trained = self.recipe.variable, self.problem.weights.normalization
        to_pixels = [std / variable.scale for std in variable.std]
        black = [mean / variable.scale for mean in variable.mean]
        pixels = self.library.preprocess_forward(x, to_pixels, black, RGB)
        fed: Any = getattr(self.recipe.input, trained.family)
        scale = trained.scale if fed.scale is None else fed.scale
        mean = trained.mean if fed.mean is None else fed.mean
        std = trained.std if fed.std is None else fed.std
        order = RGB if (trained.order == "rgb") != fed.swap_channels else BGR
        factors = [scale / std[c] for c in range(3)]
        offsets = [-mean[c] / std[c] for c in range(3)]
        return self.library.preprocess_forward(pixels, factors, offsets, order)

    def _pool(self, x: Tensor) -> Tensor:
        options = self.recipe.network
        if options.pool == "overlapping-average":
            return self.library.overlapping_average_pool_forward(x, options.count_padding)
        if options.pool == "average":
            return self.library.average_pool_forward(x, options.edge)
        return self.library.max_pool_forward(x, options.edge)

    def _oriented(self, w: Array) -> Array:
        filters = self.recipe.network.filters
        if filters == "transposed":
            return np.swapaxes(w, 0, 1)
        return np.flip(w, (0, 1)) if filters == "turned" else w
