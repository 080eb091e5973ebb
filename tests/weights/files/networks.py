"""Networks of real numbers, to be written as files of every format and read back."""

from dataclasses import dataclass, field

import numpy as np

from backpaint.vgg import layer_table
from backpaint.weights import load_weights


@dataclass
class Network:
    """Real numbers to be written and read back, in the house's order, first layer B, G, R."""

    depth: int
    filters: dict
    biases: dict
    classes: list = field(default_factory=lambda: ["tench, Tinca tinca", "goldfish", "día"])

    @property
    def rgb_filters(self):
        """The filters as MatConvNet has them: the first layer expects R, G, B."""
        first = np.ascontiguousarray(self.filters["conv1_1"][:, :, ::-1])
        return self.filters | {"conv1_1": first}

    @property
    def layers(self):
        """The rows of the VGG table up to the last layer that is there."""
        table = layer_table(self.depth, head="fc8" in self.filters)
        last = [row.name for row in table].index(list(self.filters)[-1])
        return table[: last + 2]  # with its ReLU


def beginning(network, last):
    """The layers of a network up to one of them."""
    names = list(network.filters)
    kept = names[: names.index(last) + 1]
    return Network(
        network.depth,
        {name: network.filters[name] for name in kept},
        {name: network.biases[name] for name in kept},
    )


def first_layers(name, last):
    return beginning(load_weights(name), last)
