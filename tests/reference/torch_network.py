"""A whole network in PyTorch, of the twins of its operations."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from backpaint.problem.pixels import NetworkInputMap
from backpaint.problem.recipe import NetworkOptions
from backpaint.vgg import Layer
from backpaint.vgg_weights import VGGWeights

from . import twins


class TorchNetwork:
    """Filters and biases as leaves of autograd, in float64."""

    def __init__(
        self,
        layers: Sequence[Layer],
        weights: VGGWeights,
        options: NetworkOptions,
        input_map: NetworkInputMap,
    ) -> None:
        self.layers, self.options, self.input_map = layers, options, input_map
        names = [row.name for row in layers if row.kind in ("conv", "linear")]
        self.filters = {name: leaf(self.oriented(weights.filters[name])) for name in names}
        self.biases = {name: leaf(weights.biases[name]) for name in names}

    def oriented(self, filters: object) -> Tensor:
        w = torch.tensor(filters)
        if w.ndim == 2 or self.options.filters == "upright":
            return w
        return w.transpose(0, 1) if self.options.filters == "transposed" else w.flip(0, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Run all layers and keep all outputs."""
        value = twins.preprocess_forward(
            x, self.input_map.scale, self.input_map.offset, self.input_map.order
        )
        values = {}
        for row in self.layers:
            value = values[row.name] = self.run(row, value)
        return values

    def run(self, row: Layer, x: Tensor) -> Tensor:
        if row.name == "conv1_1" and self.options.first_padding == "edge":
            w, b = self.filters[row.name], self.biases[row.name]
            return twins.conv_forward(twins.edge_pad_forward(x), w, b)[1:-1, 1:-1]
        if row.kind == "conv":
            return twins.conv_forward(x, self.filters[row.name], self.biases[row.name])
        if row.kind == "linear":
            return twins.linear_forward(x.flatten(), self.filters[row.name], self.biases[row.name])
        if row.kind == "relu":
            return twins.relu_forward(x)
        if self.options.pool == "max":
            return twins.max_pool_forward(x, self.options.edge)
        if self.options.pool == "average":
            return twins.average_pool_forward(x, self.options.edge)
        return twins.overlapping_average_pool_forward(x, self.options.count_padding)


def leaf(values: object) -> Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float64, requires_grad=True)
