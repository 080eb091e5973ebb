"""The style term at one layer: Gram matrices forward, a product with one on the way back."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ...problem.divisors import gram_divisor, style_divisor
from ...problem.recipe import Style
from ...problem.stages import Size
from ..device.device import Array, xp
from ..network.scales import Scales
from ..operations.gram import launch_gram_backward
from ..operations.gram_sum import GramSum
from ..operations.squared_error import launch_squared_error_backward, launch_squared_error_forward
from ..sums.norms import launch_absolute_sum, launch_divide_by_total
from ..sums.products import GramPrecision
from .numbers import Numbers
from .targets import StyleTarget
from .terms import absolutes, share_of, squares


class StyleTerm:
    """Equations 3 to 6 at one layer: the squared difference of Gram matrices, for each style.

    Parameters
    ----------
    layer : str
    size : (int, int)
        Height and width of the layer's features.
    rows : int
        How many of its rows are looked at at once; see `bands.Cut`.
    image_positions : int
        Height * width of the painted image.
    targets : sequence of StyleTarget
    shares : sequence of float
        How much each style counts.
    style : Style
        The recipe's table.
    numbers : Numbers
        With a place for each of the term's sums.
    scales : Scales
    precision : {"exact", "tf32"}
        Of the matrix products.
    """

    def __init__(
        self,
        layer: str,
        size: Size,
        rows: int,
        image_positions: int,
        targets: Sequence[StyleTarget],
        shares: Sequence[float],
        style: Style,
        numbers: Numbers,
        scales: Scales,
        precision: GramPrecision,
    ) -> None:
        self.layer, self.name = layer, f"style {layer}"
        self._targets, self._style, self._numbers, self._scales = targets, style, numbers, scales
        self._precision = precision
        self._weights = [style.weight * style.layers[layer] * share for share in shares]
        gram, positions = targets[0].gram, math.prod(size)
        channels = len(gram)
        self._gram_divisor = gram_divisor(
            style.gram_divisor, channels=channels, positions=positions
        )
        self._divisors = [
            style_divisor(
                style.divisor,
                channels=channels,
                positions=positions,
                style_positions=target.positions,
                image_positions=image_positions,
            )
            for target in targets
        ]
        empty = xp().empty
        self._gram, self._grad_gram = empty(gram.shape, gram.dtype), empty(gram.shape, gram.dtype)
        self._of_one_style = empty(gram.shape, gram.dtype)
        self._sum = GramSum(size, rows, channels, np.dtype(gram.dtype), precision)

    def look(self, features: Array, first_row: int, scratch: Array | None) -> None:
        """See `Term`; the gradient of the Gram matrix is computed here as well."""
        scale = 1 / (self._scales.features[self.layer] ** 2 * self._gram_divisor)
        if not self._sum.add(features, first_row, self._gram, scale):
            return
        for number, target in enumerate(self._targets):
            places = self._numbers
            launch_squared_error_forward(
                self._gram,
                target.gram,
                factor=1.0,
                parts=places.parts,
                out=places[squares(self.name, number)],
            )
            if scratch is None:
                self._add_style(number, self._grad_gram, self._weights[number], add=number > 0)
            else:
                self._add_normalized(number, features, scratch)

    def add_gradient(
        self, features: Array, out: Array, scratch: Array | None, *, add: bool
    ) -> None:
        """See `Term`."""
        self._through_gram(self._grad_gram, features, out, add=add)

    def loss(self, sums: Mapping[str, float]) -> float:
        """See `Term`."""
        total = 0.0
        for number, (weight, divisor) in enumerate(zip(self._weights, self._divisors, strict=True)):
            share = 1.0
            if self._style.l1_epsilon is not None:
                share = share_of(sums[absolutes(self.name, number)], self._style.l1_epsilon)
            total += weight * share * sums[squares(self.name, number)] / divisor
        return total

    def _add_style(self, number: int, out: Array, weight: float, *, add: bool) -> None:
        # forward:  loss = sum (G - A)^2 / divisor
        # so:       dG = 2 (G - A) / divisor
        factor = 2 * weight / self._divisors[number]
        target = self._targets[number].gram
        launch_squared_error_backward(self._gram, target, factor=factor, out=out, add=add)

    def _add_normalized(self, number: int, features: Array, scratch: Array) -> None:
        """Divide one style's gradient by the sum of its absolute values at the features."""
        self._add_style(number, self._of_one_style, 1.0, add=False)
        self._through_gram(self._of_one_style, features, scratch, add=False)
        total = self._numbers[absolutes(self.name, number)]
        factor = 1 / self._scales.gradients[self.layer]
        launch_absolute_sum(scratch, factor=factor, parts=self._numbers.parts, out=total)
        launch_divide_by_total(
            self._of_one_style,
            total,
            factor=self._weights[number],
            epsilon=self._style.l1_epsilon or 0.0,
            out=self._grad_gram,
            add=number > 0,
        )

    def _through_gram(self, grad_gram: Array, features: Array, out: Array, *, add: bool) -> None:
        launch_gram_backward(
            grad_gram,
            features,
            out,
            divisor=self._gram_divisor,
            precision=self._precision,
            scale=self._scales.gradients[self.layer] / self._scales.features[self.layer],
            accumulate=add,
        )
