"""The content term at one layer: a sum forward, a difference on the way back."""

import math
from collections.abc import Mapping

from ...problem.term_constants import ContentConstants, by_target, l1_factor
from ..device.device import Array
from ..network.scales import Scales
from ..operations.squared_error import launch_squared_error_backward, launch_squared_error_forward
from ..sums.norms import launch_absolute_sum, launch_divide_by_total, launch_square_sum
from .numbers import Numbers, absolutes_key, squares_key


class ContentTerm:
    """Equations 1 and 2 at one layer: the squared difference of features.

    Parameters
    ----------
    constants : ContentConstants
    target : (H, W, C) device array
    numbers : Numbers
        With places for its sums.
    scales : Scales
    """

    def __init__(
        self, constants: ContentConstants, target: Array, numbers: Numbers, scales: Scales
    ) -> None:
        self.layer, self.name = constants.layer, f"content {constants.layer}"
        self.is_normalized = constants.l1_epsilon is not None
        self._target, self._numbers, self._scales = target, numbers, scales
        self._constants = by_target(constants, self._squares_of_target)

    def look(self, features: Array, first_row: int, scratch: Array | None) -> None:
        """See `Term`; all rows are looked at at once."""
        places, scale = self._numbers, self._scales.features[self.layer]
        launch_squared_error_forward(
            features,
            self._target,
            factor=1 / scale**2,
            parts=places.parts,
            out=places[squares_key(self.name)],
        )
        if scratch is not None:
            self._write_gradient(features, scratch)
            launch_absolute_sum(
                scratch,
                factor=1 / self._scales.gradients[self.layer],
                parts=places.parts,
                out=places[absolutes_key(self.name)],
            )

    def add_gradient(
        self, features: Array, out: Array, scratch: Array | None, *, add: bool
    ) -> None:
        """See `Term`."""
        if scratch is None:
            self._write_gradient(features, out, self._constants.weight, add=add)
            return
        self._write_gradient(features, scratch)
        weight, epsilon = self._constants.weight, self._constants.l1_epsilon or 0.0
        total = self._numbers[absolutes_key(self.name)]
        launch_divide_by_total(scratch, total, factor=weight, epsilon=epsilon, out=out, add=add)

    def loss(self, sums: Mapping[str, float]) -> float:
        """See `Term`."""
        constants, of_squares = self._constants, sums[squares_key(self.name)]
        if constants.reported == "half-norm":
            return constants.weight * 0.5 * math.sqrt(of_squares)
        factor = l1_factor(sums[absolutes_key(self.name)], constants.l1_epsilon)
        return constants.weight * of_squares / constants.divisor * factor

    def _squares_of_target(self) -> float:
        name, scale = squares_key(self.name), self._scales.features[self.layer]
        places = self._numbers
        launch_square_sum(self._target, factor=1 / scale**2, parts=places.parts, out=places[name])
        return places.fetch()[name]

    def _write_gradient(
        self, features: Array, out: Array, weight: float = 1.0, *, add: bool = False
    ) -> None:
        # forward:  loss = sum (F - P)^2 / divisor
        # so:       dF = 2 (F - P) / divisor
        scale = self._scales.gradients[self.layer] / self._scales.features[self.layer]
        factor = 2 * weight * scale / self._constants.divisor
        launch_squared_error_backward(features, self._target, factor=factor, out=out, add=add)
