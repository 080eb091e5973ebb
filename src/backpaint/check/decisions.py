"""The decisions of a float32 run, imposed on the float64 reference.

A ReLU lets pass or not, a max pool takes one of four.  Where a feature lies within rounding of such
a choice, float32 may choose otherwise than float64, and the gradient jumps there, rightly in both.
So a gradient differs for two reasons: rounding, and other choices.  With the choices taken over,
rounding alone is left, and that has a bound.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..reference.arrays import Floats
from ..reference.network import Network, Values
from ..reference.windows import corners, whole_windows
from ..vgg import Layer

Decisions = Mapping[str, NDArray[np.bool_]]
"""By layer, in the shape of its input: where a ReLU lets pass, which pixels a max pool takes.

Of a ReLU in front of a max pool, only the pixels that the pool takes need to be right.
"""


class DecidedNetwork(Network):
    """A network whose ReLUs and max pools do as they are told.

    Parameters
    ----------
    network : Network
        Everything else is as in this one.
    decisions : mapping of str to (H, W, C) ndarray of bool
        For all its ReLUs and max pools.
    """

    def __init__(self, network: Network, decisions: Decisions) -> None:
        self.__dict__.update(vars(network))
        self.decisions = decisions

    def _layer_forward(self, layer: Layer, x: Floats, previous: str) -> Floats:
        if layer.name not in self.decisions:
            return super()._layer_forward(layer, x, previous)
        taken = x * self.decisions[layer.name]
        if layer.kind == "relu":
            return taken
        return np.asarray(sum(corners(whole_windows(taken, self.options.edge, 0.0))))

    def _layer_backward(
        self, layer: Layer, grad_y: Floats, values: Values, previous: str
    ) -> Floats:
        if layer.name not in self.decisions:
            return super()._layer_backward(layer, grad_y, values, previous)
        passes = self.decisions[layer.name]
        if layer.kind == "relu":
            return grad_y * passes
        height, width, _ = passes.shape
        spread = grad_y.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
        grad_x = np.zeros(passes.shape)
        grad_x[: spread.shape[0], : spread.shape[1]] = spread
        return grad_x * passes
