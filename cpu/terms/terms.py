"""The content and style terms: a number each, and what they ask of a layer's features.

The gradients themselves are computed later, piece by piece (`feature_gradient.py`); here are the
few numbers and the small matrices that they are made of, in float64.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...problem.divisors import content_divisor, gram_divisor, style_divisor
from ...problem.problem import Problem
from ...problem.recipe import Content, Style
from ...problem.stages import Stage
from ..network.bands import absolute_sum, difference_sums, gram_of
from ..network.feature_gradient import FeatureGradient
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace


@dataclass(frozen=True)
class StyleTarget:
    """One style image at one layer.

    Attributes
    ----------
    gram : (C, C) ndarray of float64
        Its Gram matrix, divided, and scaled for its area where the recipe says so.
    positions : int
        Height * width of its features.
    """

    gram: NDArray[np.float64]
    positions: int


@dataclass
class Terms:
    """All terms that look at features, with their targets.

    Attributes
    ----------
    problem : Problem
    team : Team
    content_targets : dict of str to (H, W, K) ndarray of float32
    style_targets : list of dict of str to StyleTarget
        One for each style.
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

    def start(self) -> None:
        """Forget the evaluation before; name the terms in the recipe's order."""
        names = [f"content {layer}" for layer in self.problem.content_layers]
        names += [f"style {layer}" for layer in self.problem.style_layers]
        self.losses = dict.fromkeys(names, 0.0)
        self.gradients = {layer: FeatureGradient() for layer in self.problem.taps}

    def look(self, stage: Stage, layer: str, framed: Float32, work: Workspace) -> None:
        """Take a layer's features into account; they are at hand now.

        Parameters
        ----------
        stage : Stage
            Where the layer is.
        layer : str
        framed : ndarray of float32
            Its features with their frame.
        work : Workspace
        """
        if layer in self.problem.content_layers:
            self._content(layer, framed)
        if layer in self.problem.style_layers:
            self._style(stage, layer, framed, work)

    def _content(self, layer: str, framed: Float32) -> None:
        """Equations 1 and 2: the squared difference of features."""
        content = self.problem.recipe.content
        assert content is not None
        target = self.content_targets[layer]
        height, width, channels = target.shape
        divisor = content_divisor(content.divisor, channels=channels, positions=height * width)
        normalized = content.l1_epsilon is not None
        squares, absolutes = difference_sums(self.team, framed, target, absolute=normalized)
        # forward:  loss = sum (F - P)^2 / divisor
        # so:       dF = 2 (F - P) / divisor
        factor = _factor(content, 2 / divisor * absolutes)
        weight = content.weight * content.layers[layer]
        self.losses[f"content {layer}"] += weight * _reported(content, squares, divisor, factor)
        gradient = self.gradients[layer]
        gradient.target, gradient.scale = target, weight * factor * 2 / divisor

    def _style(self, stage: Stage, layer: str, framed: Float32, work: Workspace) -> None:
        """Equations 3 to 6: the squared difference of Gram matrices, for each style."""
        style = self.problem.recipe.style
        assert style is not None
        size, channels = stage.size_of(layer), stage.channels_out
        positions = math.prod(size)
        by = gram_divisor(style.gram_divisor, channels=channels, positions=positions)
        gram = gram_of(self.team, work, framed, size) / by
        total = np.zeros_like(gram)
        shares = zip(self.problem.style_shares, self.style_targets, strict=True)
        for share, target in ((share, targets[layer]) for share, targets in shares):
            divisor = style_divisor(
                style.divisor,
                channels=channels,
                positions=positions,
                style_positions=target.positions,
                image_positions=math.prod(self.problem.shape),
            )
            difference = gram - target.gram
            # forward:  gram = F.T @ F / by,  loss = sum (gram - target)^2 / divisor
            # so:       dF = F @ (4 (gram - target) / (divisor by))
            scale, absolutes = 4 / (divisor * by), 0.0
            if style.l1_epsilon is not None:
                matrix = (scale * difference).astype(np.float32)
                absolutes = absolute_sum(self.team, framed, size, matrix)
            factor = style.weight * style.layers[layer] * share * _factor(style, absolutes)
            squares = float(np.vdot(difference, difference))
            self.losses[f"style {layer}"] += factor * squares / divisor
            difference *= factor * scale
            total += difference
        self.gradients[layer].matrix = total.astype(np.float32)


def style_target(
    gram: NDArray[np.float64], style: Style, positions: int, painted_positions: int
) -> StyleTarget:
    """Make a target of a style image's Gram matrix.

    Parameters
    ----------
    gram : (C, C) ndarray of float64
        Not divided.
    style : Style
        The recipe's style table.
    positions, painted_positions : int
        Height * width of this layer's features for the style and for the painted image.
    """
    divisor = gram_divisor(style.gram_divisor, channels=len(gram), positions=positions)
    area = painted_positions / positions if style.match_area else 1.0
    return StyleTarget(gram * (area / divisor), positions)


def _factor(term: Content | Style, absolutes: float) -> float:
    """One over the sum of a gradient's absolute values, where the recipe wants that."""
    if term.l1_epsilon is None:
        return 1.0
    total = absolutes + term.l1_epsilon
    return 1 / total if total > 0 else 0.0


def _reported(content: Content, squares: float, divisor: float, factor: float) -> float:
    """Give the content loss as the original logs it."""
    if content.reported == "half-norm":
        return 0.5 * math.sqrt(squares)
    return squares / divisor * factor
