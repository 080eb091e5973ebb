"""The content and style losses, and the small matrices that their gradients are made of.

All of it in float64; the gradients themselves are computed later, piece by piece
(`FeatureGradient`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...problem.problem import Problem
from ...problem.recipe import SORTED
from ...problem.stages import Stage
from ...problem.term_constants import (
    ContentConstants,
    StyleConstants,
    by_target,
    content_constants,
    l1_factor,
    style_constants,
)
from ...reference.blend import blended
from ...reference.squared_error import sum_of_squares
from ...reference.statistic_term import Quantiles, statistic_of_moments
from ...reference.statistics import Normal
from ...reference.terms import styles_by_target
from ..convolution.products import blocks_of
from ..network.features import FeatureGradient, difference_sums
from ..network.region_gradient import RegionGradient
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .look import Look, as_weights
from .ranks import along, rank_distance, spread_sum
from .targets import StyleTarget

Matrix = NDArray[np.float64]
Asked = tuple[StyleConstants, StyleTarget]
"""What one style asks of one layer, and the numbers of its term."""


class Sums(Protocol):
    """The sums that a style term asks of a layer's features; see `Look`."""

    def gram(self, constants: StyleConstants) -> Matrix: ...  # noqa: D102

    def moments(self, center: Float32) -> Matrix: ...  # noqa: D102

    def absolute_sum(self, matrix: Float32, row: Float32 | None = None) -> float: ...  # noqa: D102


@dataclass
class Terms:
    """All terms that look at features, with their targets.

    Attributes
    ----------
    problem : Problem
    team : Team
    content_targets : dict of str to (H, W, K) ndarray of float32
    style_targets : list of dict of str to StyleTarget
        For each style, what it asks of the layers where it counts.
    content_squares : mapping of str to float, optional
        The sums of squares of the content's features, where those are elsewhere.
    losses : dict of str to float
        Of the current evaluation, weighted.
    gradients : dict of str to FeatureGradient
        Likewise, by layer.
    """

    problem: Problem
    team: Team
    content_targets: dict[str, Float32]
    style_targets: list[dict[str, StyleTarget]]
    content_squares: Mapping[str, float] | None = None
    losses: dict[str, float] = field(default_factory=dict)
    gradients: dict[str, FeatureGradient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._content_constants = {
            layer: by_target(constants, partial(self._squares_of_content, layer))
            for layer, constants in content_constants(self.problem).items()
        }
        self._style_constants, style = style_constants(self.problem), self.problem.recipe.style
        if style is not None and style.blend == "targets":
            self._style_constants, self.style_targets = blended(
                self._style_constants, self.style_targets
            )
        self._style_constants = styles_by_target(self._style_constants, self.style_targets)
        self._names, self._taps = self.problem.term_names, self.problem.taps
        self._groups = self._styles_by_region()
        keep = self.problem.content_weights or {}
        self._keep = {layer: as_weights(keep.get(layer)) for layer in self._content_constants}

    def start(self) -> None:
        """Forget the evaluation before; name the terms in the recipe's order."""
        self.losses = dict.fromkeys(self._names, 0.0)
        self.gradients = {layer: FeatureGradient() for layer in self._taps}

    def observe(
        self, stage: Stage, layer: str, framed: Float32, rows: slice, work: Workspace
    ) -> None:
        """Take a layer's features into account; they are at hand now.

        Parameters
        ----------
        stage : Stage
            Where the layer is.
        layer : str
        framed : ndarray of float32
            Its features with their frame.
        rows : slice
            Which of its rows they are: all.
        work : Workspace
        """
        if layer in self._content_constants:
            self._content(self._content_constants[layer], framed)
        for weights, styles in self._groups.get(layer, []):
            look = Look(self.team, work, framed, stage.size_of(layer), weights)
            if styles[0][0].statistic in SORTED:
                self._sorted(styles, look)
                continue
            self._add(self.gradients[layer], weights, *self._style(styles, look))

    def _squares_of_content(self, layer: str) -> float:
        if self.content_squares is not None:
            return self.content_squares[layer]
        return sum_of_squares(self.content_targets[layer])

    def conclude(self) -> None:
        """Do nothing: a layer that has been observed has its loss and its gradient."""

    def _content(self, constants: ContentConstants, framed: Float32) -> None:
        """Equations 1 and 2: the squared difference of features."""
        sums = difference_sums(
            self.team,
            framed,
            self.content_targets[constants.layer],
            absolute=constants.l1_epsilon is not None,
            weights=self._keep[constants.layer],
        )
        self._content_of(constants, *sums)

    def _content_of(self, constants: ContentConstants, squares: float, absolutes: float) -> None:
        """Take the sums over all positions into account."""
        layer, divisor, weight = constants.layer, constants.divisor, constants.weight
        target, epsilon = self.content_targets[layer], constants.l1_epsilon
        # forward:  loss = sum w (F - P)^2 / divisor
        # so:       dF = 2 w (F - P) / divisor
        factor = l1_factor(2 / divisor * absolutes, epsilon)
        reported = squares / divisor * factor
        if constants.reported == "half-norm":
            reported = 0.5 * math.sqrt(squares)
        self.losses[f"content {layer}"] += weight * reported
        gradient = self.gradients[layer]
        gradient.target, gradient.scale = target, weight * factor * 2 / divisor
        gradient.keep = self._keep[layer]

    def _style(self, styles: list[Asked], look: Sums) -> tuple[Matrix, Matrix | None]:
        """Equations 3 to 6, or another statistic than Gram matrices: for each style of a region.

        The gradient with respect to features F is ``w (F @ matrix + row)``.
        """
        first, _ = styles[0]  # the painting's own matrix is divided alike for all of them
        if first.statistic != "gram":
            return self._statistics(styles, look)
        gram = look.gram(first) / first.gram_divisor
        total = np.zeros_like(gram)
        for constants, target in styles:
            assert isinstance(target, np.ndarray)
            total += self._of_style(constants, gram - target, look)
        if not first.shift:
            return total, None
        return total, first.shift * total.sum(axis=0)  # dF = (F + shift) @ total

    def _statistics(self, styles: list[Asked], look: Sums) -> tuple[Matrix, Matrix]:
        """Distances of normal distributions, for each style; moments around the first one's mean.

        With the center c, ``F @ matrix + row`` is ``(F - c) @ matrix`` and what is beside it.
        """
        _, nearest = styles[0]
        center = center_of(nearest)
        around = center.astype(np.float64)
        moments = look.moments(center)
        matrix, row = np.zeros((len(around),) * 2), np.zeros(len(around))
        for constants, target in styles:
            assert isinstance(target, Normal)
            loss, grad_moments = statistic_of_moments(moments, around, target, constants)
            both = grad_moments + grad_moments.T
            own, beside = both[1:, 1:], both[1:, 0] - both[1:, 1:] @ around
            absolutes = 0.0
            if constants.l1_epsilon is not None:
                absolutes = look.absolute_sum(own.astype(np.float32), beside.astype(np.float32))
            factor = constants.weight * l1_factor(absolutes, constants.l1_epsilon)
            self.losses[f"style {constants.layer}"] += factor * loss
            matrix += factor * own
            row += factor * beside
        return matrix, row

    def _of_style(self, constants: StyleConstants, difference: Matrix, look: Sums) -> Matrix:
        """Add one style's loss; return the matrix that takes features to their gradient.

        `difference`, of the painting's Gram matrix and the style's, is overwritten.
        """
        divisor, by = constants.divisor, constants.gram_divisor
        # forward:  gram = F.T @ (w F) / by,  loss = sum (gram - target)^2 / divisor
        # so:       dF = w F @ (4 (gram - target) / (divisor by))
        scale, absolutes = 4 / (divisor * by), 0.0
        if constants.l1_epsilon is not None:
            matrix = (scale * difference).astype(np.float32)
            row = np.float32(constants.shift) * matrix.sum(axis=0)
            absolutes = look.absolute_sum(matrix, row)
        factor = constants.weight * l1_factor(absolutes, constants.l1_epsilon)
        squares = float(np.vdot(difference, difference))
        self.losses[f"style {constants.layer}"] += factor * squares / divisor
        difference *= factor * scale
        return difference

    def _sorted(self, styles: list[Asked], look: Look) -> None:
        """Compare with each style rank by rank, along the directions that all of them share.

        The gradient is ``spread @ onto``: along each direction, how far every position is from the
        value of its rank.
        """
        first, nearest = styles[0]
        assert isinstance(nearest, Quantiles)
        onto = nearest.directions.T.astype(np.float32)  # (V, K)
        y = along(self.team, look.framed, look.size, onto)
        spread = np.zeros_like(y)
        for constants, target in styles:
            assert isinstance(target, Quantiles)
            squares, distance = rank_distance(self.team, y, target.values)
            # forward:  loss = mean((y - q)^2)
            # so:       dy = 2 (y - q) / count
            scale, absolutes = 2 / y.size, 0.0
            if constants.l1_epsilon is not None:
                absolutes = scale * spread_sum(self.team, distance, onto, look.size)
            factor = constants.weight * l1_factor(absolutes, constants.l1_epsilon)
            self.losses[f"style {constants.layer}"] += factor * squares / y.size
            distance *= np.float32(factor * scale)
            spread += distance
        gradient = self.gradients[first.layer]
        gradient.spread, gradient.onto = spread.reshape(*look.size, -1), onto

    def _styles_by_region(self) -> dict[str, list[tuple[Float32 | None, list[Asked]]]]:
        """List for each layer the regions, and what the styles ask of each: it is summed once."""
        found: dict[str, dict[int, tuple[Float32 | None, list[Asked]]]] = {}
        regions = self.problem.style_regions[: len(self.style_targets)]  # blended, they are one
        every = zip(self._style_constants, self.style_targets, regions, strict=True)
        for constants, targets, region in every:
            for layer in constants:
                mask, here = region.painted_at(layer), found.setdefault(layer, {})
                if id(mask) not in here:
                    here[id(mask)] = as_weights(mask), []
                here[id(mask)][1].append((constants[layer], targets[layer]))
        return {layer: list(groups.values()) for layer, groups in found.items()}

    @staticmethod
    def _add(
        gradient: FeatureGradient, weights: Float32 | None, total: Matrix, row: Matrix | None
    ) -> None:
        """Let a layer's gradient know of one region, or of what counts everywhere."""
        matrix = total.astype(np.float32)
        beside = None if row is None else row.astype(np.float32)
        if weights is None:
            gradient.matrix, gradient.row = blocks_of(matrix), beside
        else:
            gradient.regions.append(RegionGradient(weights, matrix, beside))


def center_of(target: StyleTarget) -> Float32:
    """Return around what the moments of features are computed: the mean of the first style."""
    assert isinstance(target, Normal)
    center: Float32 = target.mean.astype(np.float32)
    return center
