"""The content term at one layer: a sum forward, a difference on the way back."""

import math
from collections.abc import Mapping

from ...problem.divisors import content_divisor
from ...problem.recipe import Content
from ..device.device import Array
from ..network.scales import Scales
from ..operations.squared_error import launch_squared_error_backward, launch_squared_error_forward
from ..sums.norms import launch_absolute_sum, launch_divide_by_total
from .numbers import Numbers
from .terms import absolutes, share_of, squares


class ContentTerm:
    """Equations 1 and 2 at one layer: the squared difference of features.

    Parameters
    ----------
    layer : str
    target : (H, W, C) device array
    content : Content
        The recipe's table.
    numbers : Numbers
        With a place for each of the term's sums.
    scales : Scales
    """

    def __init__(
        self, layer: str, target: Array, content: Content, numbers: Numbers, scales: Scales
    ) -> None:
        self.layer, self.name = layer, f"content {layer}"
        self._target, self._content, self._numbers, self._scales = target, content, numbers, scales
        self._weight = content.weight * content.layers[layer]
        height, width, channels = target.shape
        self._divisor = content_divisor(
            content.divisor, channels=channels, positions=height * width
        )

    def look(self, features: Array, first_row: int, scratch: Array | None) -> None:
        """See `Term`; all rows are looked at at once."""
        places, scale = self._numbers, self._scales.features[self.layer]
        launch_squared_error_forward(
            features,
            self._target,
            factor=1 / scale**2,
            parts=places.parts,
            out=places[squares(self.name)],
        )
        if scratch is not None:
            self._write_gradient(features, scratch)
            launch_absolute_sum(
                scratch,
                factor=1 / self._scales.gradients[self.layer],
                parts=places.parts,
                out=places[absolutes(self.name)],
            )

    def add_gradient(
        self, features: Array, out: Array, scratch: Array | None, *, add: bool
    ) -> None:
        """See `Term`."""
        if scratch is None:
            self._write_gradient(features, out, self._weight, add=add)
            return
        self._write_gradient(features, scratch)
        epsilon = self._content.l1_epsilon or 0.0
        total = self._numbers[absolutes(self.name)]
        launch_divide_by_total(
            scratch, total, factor=self._weight, epsilon=epsilon, out=out, add=add
        )

    def loss(self, sums: Mapping[str, float]) -> float:
        """See `Term`."""
        of_squares = sums[squares(self.name)]
        if self._content.reported == "half-norm":
            return self._weight * 0.5 * math.sqrt(of_squares)
        share = 1.0
        if self._content.l1_epsilon is not None:
            share = share_of(sums[absolutes(self.name)], self._content.l1_epsilon)
        return self._weight * of_squares / self._divisor * share

    def _write_gradient(
        self, features: Array, out: Array, weight: float = 1.0, *, add: bool = False
    ) -> None:
        # forward:  loss = sum (F - P)^2 / divisor
        # so:       dF = 2 (F - P) / divisor
        scale = self._scales.gradients[self.layer] / self._scales.features[self.layer]
        factor = 2 * weight * scale / self._divisor
        launch_squared_error_backward(features, self._target, factor=factor, out=out, add=add)
