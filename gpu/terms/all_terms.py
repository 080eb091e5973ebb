"""All terms of a problem that look at features, and the places of their sums."""

import math
from collections.abc import Iterator, Mapping, Sequence

from ...problem.feature_sizes import feature_sizes
from ...problem.problem import Problem
from ..device.device import Array
from ..network.bands import cut_of
from ..network.network import Network
from ..network.plan import scratch_name
from ..operations.total_variation import padded_size
from .content_term import ContentTerm
from .numbers import Numbers
from .style_term import StyleTerm
from .targets import StyleTarget
from .terms import Term, absolutes, squares
from .variation import NAME as VARIATION

GRADIENT = "squares of the gradient"
MATRIX = 512**2
"""Elements of the largest Gram matrix."""


class AllTerms:
    """The content and style terms of every layer, in the recipe's order.

    Parameters
    ----------
    problem : Problem
    network : Network
        Where the features come from.
    content_targets : mapping of str to device array
    style_targets : sequence of mapping of str to StyleTarget
        One for each style.

    Attributes
    ----------
    numbers : Numbers
        With places for all sums of an evaluation.
    """

    def __init__(
        self,
        problem: Problem,
        network: Network,
        content_targets: Mapping[str, Array],
        style_targets: Sequence[Mapping[str, StyleTarget]],
    ) -> None:
        self._problem, self._network = problem, network
        features = max(
            stage.channels_out * math.prod(stage.size) for stage in network.layout.stages
        )
        self.numbers = Numbers(
            number_names(problem), max(padded_size((*problem.shape, 3)), features, MATRIX)
        )
        self._terms: list[Term] = [
            *self._content_terms(content_targets),
            *self._style_terms(style_targets),
        ]

    def look(self, layer: str, features: Array, first_row: int) -> None:
        """Sum up what the losses at a layer are made of; see `network.Look`."""
        for term in self._at(layer):
            term.look(features, first_row, self._scratch(term, backward=False))

    def add_gradient(self, layer: str, features: Array, out: Array, add: bool) -> None:
        """Write or add the gradients of all terms at a layer; see `network.AddGradient`."""
        for term in self._at(layer):
            term.add_gradient(features, out, self._scratch(term, backward=True), add=add)
            add = True

    def losses(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Make the weighted terms of an evaluation, total variation included."""
        losses = {term.name: term.loss(sums) for term in self._terms}
        return losses | ({VARIATION: sums[VARIATION]} if VARIATION in sums else {})

    def _content_terms(self, targets: Mapping[str, Array]) -> Iterator[Term]:
        content, scales = self._problem.recipe.content, self._network.layout.scales
        if content is not None:
            for layer in content.layers:
                yield ContentTerm(layer, targets[layer], content, self.numbers, scales)

    def _style_terms(self, targets: Sequence[Mapping[str, StyleTarget]]) -> Iterator[Term]:
        problem, style = self._problem, self._problem.recipe.style
        sizes = feature_sizes(problem.layers, problem.recipe.network, problem.shape)
        cut = cut_of(problem, problem.shape)
        if style is not None:
            for layer in style.layers:
                yield StyleTerm(
                    layer,
                    sizes[layer],
                    cut.rows_at_once(layer, sizes[layer][0]),
                    math.prod(problem.shape),
                    [of_style[layer] for of_style in targets],
                    problem.style_shares,
                    style,
                    self.numbers,
                    self._network.layout.scales,
                    self._network.layout.filters.gram_precision,
                )

    def _at(self, layer: str) -> Iterator[Term]:
        return (term for term in self._terms if term.layer == layer)

    def _scratch(self, term: Term, *, backward: bool) -> Array | None:
        """Give the second array of a layer's size, to a term that normalizes its gradient."""
        recipe = self._problem.recipe
        table = recipe.content if isinstance(term, ContentTerm) else recipe.style
        if table is None or table.l1_epsilon is None:
            return None
        return self._network.layout.arena[scratch_name(term.layer, backward=backward)]


def number_names(problem: Problem) -> list[str]:
    """Name every sum of an evaluation."""
    recipe, names = problem.recipe, [GRADIENT]
    for layer in problem.content_layers:
        names += [squares(f"content {layer}"), absolutes(f"content {layer}")]
    for layer in problem.style_layers:
        for number in range(len(problem.styles)):
            names += [squares(f"style {layer}", number), absolutes(f"style {layer}", number)]
    return names if recipe.total_variation is None else [*names, VARIATION]
