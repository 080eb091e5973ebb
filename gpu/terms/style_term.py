"""The style term at one layer: Gram matrices forward, a product with one on the way back."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import partial

import numpy as np

from ...problem.stages import Size
from ...problem.term_constants import StyleConstants, by_target, l1_factor
from ..device.choice import Choose, task_name, usual
from ..device.device import Array, xp
from ..network.scales import Scales
from ..operations.gram import GramSum, launch_gram_backward
from ..operations.squared_error import launch_squared_error_backward, launch_squared_error_forward
from ..sums.norms import launch_absolute_sum, launch_divide_by_total, launch_square_sum
from ..sums.products import GramPrecision
from .numbers import Numbers, absolutes_key, squares_key


class StyleTerm:
    """Equations 3 to 6 at one layer: the squared difference of Gram matrices, for each style.

    Parameters
    ----------
    constants : sequence of StyleConstants
        Those of the styles that count here.
    targets : sequence of (C, C) device array
        Their Gram matrices.
    size : (int, int)
        Height and width of the layer's features.
    rows : int
        How many of its rows are looked at at once; see `bands.Cut`.
    numbers : Numbers
        With places for its sums.
    scales : Scales
    precision : {"exact", "tf32"}
        Of the matrix products.
    choose : callable
        What chooses among kernels that do one thing.
    """

    def __init__(
        self,
        constants: Sequence[StyleConstants],
        targets: Sequence[Array],
        size: Size,
        rows: int,
        numbers: Numbers,
        scales: Scales,
        precision: GramPrecision,
        choose: Choose = usual,
    ) -> None:
        first, gram = constants[0], targets[0]
        self.layer, self.name = first.layer, f"style {first.layer}"
        self.is_normalized = first.l1_epsilon is not None
        self._targets, self._numbers = targets, numbers
        self._scales, self._precision, self._choose = scales, precision, choose
        self._constants = self._by_targets(constants)
        self._gram_divisor = first.gram_divisor  # the painting's: the same for all styles
        empty = xp().empty
        self._gram, self._grad_gram = empty(gram.shape, gram.dtype), empty(gram.shape, gram.dtype)
        self._of_one_style = empty(gram.shape, gram.dtype)
        self._sum = GramSum(size, rows, len(gram), np.dtype(gram.dtype), precision)

    def with_targets(self, targets: Sequence[Array], scales: Scales) -> "StyleTerm":
        """Return the term for other targets or scales, in the same memory."""
        other = copy(self)
        other._targets, other._scales = targets, scales
        other._constants = other._by_targets(self._constants)
        return other

    def look(self, features: Array, first_row: int, scratch: Array | None) -> None:
        """See `Term`; the gradient of the Gram matrix is computed here as well."""
        if not self._sum.add_band(features, first_row, self._choose):
            return
        ways = {"apart": partial(self._compare_apart, features, scratch)}
        if scratch is None and len(self._targets) == 1:
            ways["at once"] = partial(self._compare_at_once, features)
        sums = (self._numbers[squares_key(self.name, one.style)] for one in self._constants)
        written = self._gram, self._grad_gram, *sums
        self._choose(task_name(f"style term {self._sum.parts} parts", self._gram), ways, *written)

    def _compare_apart(self, features: Array, scratch: Array | None) -> None:
        """Write the Gram matrix, then compare it with one target after the other."""
        self._sum.write(features, self._gram, self._gram_scale())
        places = self._numbers
        for index, (constants, target) in enumerate(self._styles()):
            launch_squared_error_forward(
                self._gram,
                target,
                factor=1.0,
                parts=places.parts,
                out=places[squares_key(self.name, constants.style)],
            )
            if scratch is None:
                self._add_style(constants, target, self._grad_gram, constants.weight, add=index > 0)
            else:
                self._add_normalized(constants, target, features, scratch, add=index > 0)

    def _compare_at_once(self, features: Array) -> None:
        """Write the Gram matrix as it is compared with the only target."""
        ((constants, target),) = self._styles()
        self._sum.write_and_compare(
            features,
            self._gram,
            self._gram_scale(),
            target=target,
            grad_out=self._grad_gram,
            factor=2 * constants.weight / constants.divisor,
            squares=self._numbers.parts,
            square_sum=self._numbers[squares_key(self.name, constants.style)],
        )

    def add_gradient(
        self, features: Array, out: Array, scratch: Array | None, *, add: bool
    ) -> None:
        """See `Term`."""
        self._through_gram(self._grad_gram, features, out, add=add)

    def loss(self, sums: Mapping[str, float]) -> float:
        """See `Term`."""
        total = 0.0
        for constants in self._constants:
            absolute = sums[absolutes_key(self.name, constants.style)]
            factor = constants.weight * l1_factor(absolute, constants.l1_epsilon)
            total += factor * sums[squares_key(self.name, constants.style)] / constants.divisor
        return total

    def _by_targets(self, constants: Sequence[StyleConstants]) -> list[StyleConstants]:
        return [
            by_target(one, partial(self._squares_of, target, one.style))
            for one, target in zip(constants, self._targets, strict=True)
        ]

    def _squares_of(self, target: Array, style: int) -> float:
        places, name = self._numbers, squares_key(self.name, style)
        launch_square_sum(target, factor=1.0, parts=places.parts, out=places[name])
        return places.fetch()[name]

    def _gram_scale(self) -> float:
        return 1 / (self._scales.features[self.layer] ** 2 * self._gram_divisor)

    def _styles(self) -> Iterator[tuple[StyleConstants, Array]]:
        return zip(self._constants, self._targets, strict=True)

    def _add_style(
        self, constants: StyleConstants, target: Array, out: Array, weight: float, *, add: bool
    ) -> None:
        # forward:  loss = sum (G - A)^2 / divisor
        # so:       dG = 2 (G - A) / divisor
        factor = 2 * weight / constants.divisor
        launch_squared_error_backward(self._gram, target, factor=factor, out=out, add=add)

    def _add_normalized(
        self,
        constants: StyleConstants,
        target: Array,
        features: Array,
        scratch: Array,
        *,
        add: bool,
    ) -> None:
        """Divide one style's gradient by the sum of its absolute values at the features."""
        self._add_style(constants, target, self._of_one_style, 1.0, add=False)
        self._through_gram(self._of_one_style, features, scratch, add=False)
        total = self._numbers[absolutes_key(self.name, constants.style)]
        factor = 1 / self._scales.gradients[self.layer]
        launch_absolute_sum(scratch, factor=factor, parts=self._numbers.parts, out=total)
        launch_divide_by_total(
            self._of_one_style,
            total,
            factor=constants.weight,
            epsilon=constants.l1_epsilon or 0.0,
            out=self._grad_gram,
            add=add,
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
