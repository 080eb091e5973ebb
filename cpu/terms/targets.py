"""What the painted picture's features shall become: one forward pass for each given picture."""

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from ...problem.feature_sizes import feature_sizes
from ...problem.pixels import NetworkInputMap, to_variable
from ...problem.problem import Problem
from ...problem.recipe import Style
from ...problem.stages import Stage, layers_up_to
from ..convolution.filters import Filters
from ..convolution.tiles import interior
from ..network.bands import gram_of
from ..network.network import Network
from ..threads.team import Team
from ..threads.workspace import Float32
from .terms import StyleTarget, style_target


class Targets:
    """Runs the given pictures through networks of their own size, which are dropped afterwards.

    Parameters
    ----------
    problem : Problem
    filters : Filters
        Of all its layers.
    input_map : NetworkInputMap
    team : Team
    """

    def __init__(
        self, problem: Problem, filters: Filters, input_map: NetworkInputMap, team: Team
    ) -> None:
        self.problem, self.filters = problem, filters
        self.input_map, self.team = input_map, team

    def content(self) -> dict[str, Float32]:
        """Keep the content's features at the layers of the content term."""
        targets: dict[str, Float32] = {}

        def keep(stage: Stage, layer: str, framed: Float32) -> None:
            targets[layer] = interior(framed, *stage.size_of(layer)).copy()

        if self.problem.content is not None and self.problem.content_layers:
            network = self._network(self.problem.content, self.problem.content_layers)
            network.forward(self._variable(self.problem.content), keep)
        return targets

    def styles(self) -> list[dict[str, StyleTarget]]:
        """Keep the styles' Gram matrices at the layers of the style term."""
        if self.problem.recipe.style is None:
            return [{} for _ in self.problem.styles]
        return [self._style(pixels, self.problem.recipe.style) for pixels in self.problem.styles]

    def _style(self, pixels: NDArray[np.float64], style: Style) -> dict[str, StyleTarget]:
        targets: dict[str, StyleTarget] = {}
        network = self._network(pixels, style.layers)
        painted = feature_sizes(
            self.problem.layers, self.problem.recipe.network, self.problem.shape
        )

        def keep(stage: Stage, layer: str, framed: Float32) -> None:
            size = stage.size_of(layer)
            gram = gram_of(self.team, network.work, framed, size)
            targets[layer] = style_target(gram, style, math.prod(size), math.prod(painted[layer]))

        network.forward(self._variable(pixels), keep)
        return targets

    def _network(self, pixels: NDArray[np.float64], taps: Collection[str]) -> Network:
        """Build a network for a picture's size, no deeper than needed."""
        return Network(
            layers_up_to(self.problem.layers, taps),
            self.filters,
            self.problem.recipe.network,
            self.input_map,
            (pixels.shape[0], pixels.shape[1]),
            taps,
            self.team,
            backward=False,
        )

    def _variable(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        return to_variable(pixels, self.problem.recipe.variable)
