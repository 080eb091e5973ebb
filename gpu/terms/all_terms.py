"""All terms of a problem that look at features, and the places of their sums."""

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import TypeVar

from ...problem.feature_sizes import feature_sizes
from ...problem.problem import TOTAL_VARIATION, Problem
from ...problem.term_constants import content_constants, style_constants
from ..device.device import Array
from ..device.launch import parts_of_sum
from ..network.bands import cut_of
from ..network.network import Network
from ..network.plan import scratch_name
from ..operations.total_variation import padded_size
from ..sums.gram_parts import comparing_blocks
from .content_term import ContentTerm
from .numbers import Numbers, absolutes_key, squares_key
from .style_term import StyleTerm
from .terms import Term

T = TypeVar("T")

GRADIENT = "squares of the gradient"
CHANNELS = 512
"""Of the largest Gram matrix."""


class AllTerms:
    """The content and style terms of every layer, in the recipe's order.

    Parameters
    ----------
    problem : Problem
    network : Network
        Where the features come from.
    content_targets : mapping of str to device array
    style_targets : sequence of mapping of str to device array
        For each style, by the layers where it counts.

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
        style_targets: Sequence[Mapping[str, Array]],
    ) -> None:
        self._problem, self._network = problem, network
        features = max(
            stage.channels_out * math.prod(stage.size) for stage in network.layout.stages
        )
        elements = max(padded_size((*problem.shape, 3)), features, CHANNELS**2)
        parts = max(parts_of_sum(elements), comparing_blocks(CHANNELS))
        self.numbers = Numbers(number_names(problem), parts)
        self._of_content = list(self._content_terms(content_targets))
        self._of_styles = list(self._style_terms(style_targets))

    def with_targets(
        self,
        network: Network,
        content_targets: Mapping[str, Array],
        style_targets: Sequence[Mapping[str, Array]],
    ) -> "AllTerms":
        """Return the terms for other targets and another network's scales, in the same memory."""
        other = copy(self)
        other._network = network
        other._of_content = list(other._content_terms(content_targets))
        other._of_styles = [
            term.with_targets(_at_layer(term.layer, style_targets), network.layout.scales)
            for term in self._of_styles
        ]
        return other

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
        losses = {term.name: term.loss(sums) for term in self._all()}
        if TOTAL_VARIATION in sums:
            losses[TOTAL_VARIATION] = sums[TOTAL_VARIATION]
        return losses

    def _content_terms(self, targets: Mapping[str, Array]) -> Iterator[ContentTerm]:
        for layer, constants in content_constants(self._problem).items():
            scales = self._network.layout.scales
            yield ContentTerm(constants, targets[layer], self.numbers, scales)

    def _style_terms(self, targets: Sequence[Mapping[str, Array]]) -> Iterator[StyleTerm]:
        problem, constants = self._problem, style_constants(self._problem)
        sizes = feature_sizes(problem.layers, problem.recipe.network, problem.shape)
        cut = cut_of(problem, problem.shape)
        for layer in problem.style_layers:
            yield StyleTerm(
                _at_layer(layer, constants),
                _at_layer(layer, targets),
                sizes[layer],
                cut.rows_at_once(layer, sizes[layer][0]),
                self.numbers,
                self._network.layout.scales,
                self._network.layout.filters.gram_precision,
                self._network.layout.filters.choose,
            )

    def _all(self) -> list[Term]:
        return [*self._of_content, *self._of_styles]

    def _at(self, layer: str) -> Iterator[Term]:
        return (term for term in self._all() if term.layer == layer)

    def _scratch(self, term: Term, *, backward: bool) -> Array | None:
        """Return the second array of a layer's size, to a term that normalizes its gradient."""
        if not term.is_normalized:
            return None
        return self._network.layout.arena[scratch_name(term.layer, backward=backward)]


def _at_layer(layer: str, styles: Sequence[Mapping[str, T]]) -> list[T]:
    """Collect what there is at a layer from those styles that count there."""
    return [of_style[layer] for of_style in styles if layer in of_style]


def number_names(problem: Problem) -> list[str]:
    """Name every sum of an evaluation."""
    names = [GRADIENT]
    for layer in problem.content_layers:
        names += [squares_key(f"content {layer}"), absolutes_key(f"content {layer}")]
    for number, table in enumerate(problem.layers_of_styles):
        for layer in table:
            names += [
                squares_key(f"style {layer}", number),
                absolutes_key(f"style {layer}", number),
            ]
    return names if problem.recipe.total_variation is None else [*names, TOTAL_VARIATION]
