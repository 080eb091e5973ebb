"""The style term of a recipe, in the words of a library."""

from collections.abc import Mapping

import numpy as np

from ...errors import UsageError
from ...problem.problem import Problem
from ...problem.recipe import Style
from ...reference.sliced import random_directions
from ..libraries.twins import Library, Tensor
from ..operations.operation import Array
from .divisors import divisor_of, factors, product, sizes_of
from .targets import Targets

NORMAL = {
    "mean-deviation": "mean_deviation_loss_forward",
    "wasserstein": "wasserstein_loss_forward",
}
"""Statistics that compare normal distributions, and the functions for them."""
SORTED = ("sliced", "histogram")
"""Statistics that sort features."""


class StyleTwin:
    """The statistic of features that is compared, and its distance from a style's.

    Parameters
    ----------
    library : Library
    problem : Problem
        With a style term.
    style : Style
        Of its recipe.
    """

    def __init__(self, library: Library, problem: Problem, style: Style) -> None:
        self.library, self.problem, self.style = library, problem, style
        self._gram_divisor = factors(style.gram_divisor)

    def statistic(self, features: Tensor, weights: Tensor | None) -> Tensor:
        """Compute a Gram matrix or a covariance; other statistics want the features themselves."""
        style = self.style
        if style.statistic in (*NORMAL, *SORTED):
            return features
        sizes = sizes_of(self.problem, features)
        counted = sizes["M"] if weights is None else self.library.total(weights)
        if style.statistic == "covariance":
            means = (
                self.library.einsum("hwc->c", features)
                if weights is None
                else self.library.einsum("hw,hwc->c", weights, features)
            )
            features = features - means / counted
        elif style.shift:
            features = features + style.shift
        gram = self.library.gram_forward(features, product(self._gram_divisor, sizes), weights)
        if weights is not None and self.problem.recipe.masks.normalized:
            gram = gram * (sizes["M"] / counted)
        return gram

    def loss(
        self,
        painted: Mapping[str, Tensor],
        targets: Targets,
        index: int,
        weights: Mapping[str, Tensor],
    ) -> Tensor:
        """Add up the layers of one style.

        Parameters
        ----------
        painted : mapping of str to tensor
            The painting's features, by layer.
        targets : Targets
        index : int
            Which of the styles.
        weights : mapping of str to tensor
            How much each position counts, by layer; none without masks.
        """
        total = 0.0
        for layer, factor in self.problem.layers_of_styles[index].items():
            sizes, counting = sizes_of(self.problem, painted[layer]), weights.get(layer)
            strength = self.style.weight * factor
            if counting is not None and self.problem.recipe.masks.strength == "area":
                strength = strength * self.library.total(counting) / sizes["M"]
            error = self._error(painted[layer], targets, index, layer, counting)
            total = total + strength * error
        return total

    def _error(
        self, painted: Tensor, targets: Targets, index: int, layer: str, counting: Tensor | None
    ) -> Tensor:
        """Compare features at one layer with a style's."""
        wanted, style = targets.grams[index][layer], self.style
        if style.statistic in SORTED:
            return self._sorted(painted, wanted)
        if style.statistic in NORMAL:
            return self._distance(painted, wanted, counting, targets.counting[index].get(layer))
        sizes, native = sizes_of(self.problem, painted), targets.positions[index][layer]
        if style.match_area:
            wanted = wanted * (sizes["M"] / native)
        sizes |= {"M_style": native}
        divisor = divisor_of(self.library, style.divisor, sizes, wanted)
        return self.library.squared_error_forward(
            self.statistic(painted, counting), wanted, divisor
        )

    def _distance(
        self,
        painted: Tensor,
        style_features: Tensor,
        here: Tensor | None,
        there: Tensor | None,
    ) -> Tensor:
        """Compare normal distributions of features, counted by weights if there are any."""
        style = self.style
        if style.root_steps is not None:
            epsilon = style.epsilon
            if style.epsilon_form == "share":
                epsilon = epsilon * (1 + self.library.mean_variance(style_features, there))
            return self.library.truncated_wasserstein(
                painted, style_features, epsilon, style.root_steps, here, there
            )
        distance = getattr(self.library, NORMAL[style.statistic])
        return distance(painted, style_features, style.epsilon, here, there)

    def _sorted(self, painted: Tensor, style: Tensor) -> Tensor:
        """Compare rank by rank, along the drawn directions or along each channel."""
        channels = int(painted.shape[2])
        directions: Array = np.eye(channels)
        if self.style.statistic == "sliced":
            directions = random_directions(channels, self.style.directions)
        return self.library.sorted_error(painted, style, self.library.constant(directions))

    def blended(self, targets: Targets) -> Targets:
        """Weigh Gram matrices by the styles' shares, all of which name the same layers."""
        shares = self.problem.style_shares
        if len(shares) == 1:
            return targets
        if self.style.statistic in (*NORMAL, *SORTED):
            raise UsageError(
                f"the check blends Gram matrices of {len(shares)} styles, not their distributions; "
                "give it one style"
            )
        mean = {
            layer: sum(share * one[layer] for share, one in zip(shares, targets.grams, strict=True))
            for layer in targets.grams[0]
        }
        return Targets(targets.content, (mean,), targets.positions, targets.counting)
