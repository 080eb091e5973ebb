"""The content and style losses, and the small matrices that their gradients are made of.

All of it in float64; the gradients themselves are computed later, piece by piece
(`FeatureGradient`).
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...problem.problem import Problem
from ...problem.stages import Stage
from ...problem.term_constants import (
    ContentConstants,
    StyleConstants,
    content_constants,
    l1_factor,
    style_constants,
)
from ...reference.statistic_term import statistic_of_moments
from ...reference.statistics import Normal
from ..network.features import FeatureGradient, difference_sums
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .look import Look
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
    losses : dict of str to float
        Of the current evaluation, weighted.
    gradients : dict of str to FeatureGradient
        Likewise, by layer.
    """

    problem: Problem
    team: Team
    content_targets: dict[str, Float32]
    style_targets: list[dict[str, StyleTarget]]
    losses: dict[str, float] = field(default_factory=dict)
    gradients: dict[str, FeatureGradient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._content_constants = content_constants(self.problem)
        self._style_constants = style_constants(self.problem)
        self._names, self._taps = self.problem.term_names, self.problem.taps

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
        styles = self._styles_of(layer)
        if styles:
            self._style(styles, Look(self.team, work, framed, stage.size_of(layer)))

    def conclude(self) -> None:
        """Do nothing: a layer that has been observed has its loss and its gradient."""

    def _styles_of(self, layer: str) -> list[Asked]:
        """List what the styles ask of a layer."""
        return [
            (constants[layer], targets[layer])
            for constants, targets in zip(self._style_constants, self.style_targets, strict=True)
            if layer in constants
        ]

    def _content(self, constants: ContentConstants, framed: Float32) -> None:
        """Equations 1 and 2: the squared difference of features."""
        target, epsilon = self.content_targets[constants.layer], constants.l1_epsilon
        sums = difference_sums(self.team, framed, target, absolute=epsilon is not None)
        self._content_of(constants, *sums)

    def _content_of(self, constants: ContentConstants, squares: float, absolutes: float) -> None:
        """Take the sums over all positions into account."""
        layer, divisor, weight = constants.layer, constants.divisor, constants.weight
        target, epsilon = self.content_targets[layer], constants.l1_epsilon
        # forward:  loss = sum (F - P)^2 / divisor
        # so:       dF = 2 (F - P) / divisor
        factor = l1_factor(2 / divisor * absolutes, epsilon)
        reported = squares / divisor * factor
        if constants.reported == "half-norm":
            reported = 0.5 * math.sqrt(squares)
        self.losses[f"content {layer}"] += weight * reported
        gradient = self.gradients[layer]
        gradient.target, gradient.scale = target, weight * factor * 2 / divisor

    def _style(self, styles: list[Asked], look: Sums) -> None:
        """Equations 3 to 6, or another statistic than Gram matrices: for each style."""
        first, _ = styles[0]  # the painting's own matrix is divided alike for all of them
        if first.statistic != "gram":
            self._statistics(styles, look)
            return
        gram = look.gram(first) / first.gram_divisor
        total = np.zeros_like(gram)
        for constants, target in styles:
            assert not isinstance(target, Normal)
            total += self._of_style(constants, gram - target, look)
        gradient = self.gradients[first.layer]
        gradient.matrix = total.astype(np.float32)
        if first.shift:  # dF = (F + shift) @ total
            gradient.row = (first.shift * total.sum(axis=0)).astype(np.float32)

    def _statistics(self, styles: list[Asked], look: Sums) -> None:
        """Distances of normal distributions, for each style; moments around the first one's mean.

        The gradient with respect to features F is, with the center c, ``(F - c) @ matrix + row``.
        """
        first, nearest = styles[0]
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
        gradient = self.gradients[first.layer]
        gradient.matrix, gradient.row = matrix.astype(np.float32), row.astype(np.float32)

    def _of_style(self, constants: StyleConstants, difference: Matrix, look: Sums) -> Matrix:
        """Add one style's loss; return the matrix that takes features to their gradient.

        `difference`, of the painting's Gram matrix and the style's, is overwritten.
        """
        divisor, by = constants.divisor, constants.gram_divisor
        # forward:  gram = F.T @ F / by,  loss = sum (gram - target)^2 / divisor
        # so:       dF = F @ (4 (gram - target) / (divisor by))
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


def center_of(target: StyleTarget) -> Float32:
    """Return around what the moments of features are computed: the mean of the first style."""
    assert isinstance(target, Normal)
    center: Float32 = target.mean.astype(np.float32)
    return center
