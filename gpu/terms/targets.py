"""What the painted picture's features shall become: one forward pass for each given picture."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...problem.divisors import gram_divisor
from ...problem.feature_sizes import feature_sizes
from ...problem.pixels import NetworkInputMap, to_variable
from ...problem.problem import Problem
from ...problem.recipe import Style
from ...problem.stages import layers_up_to, stages_of
from ..device.device import Array, xp
from ..network.calibration import calibrate_features, measure_features
from ..network.layout import lay_out
from ..network.network import Look, Network
from ..network.network_filters import NetworkFilters
from ..network.plan import plan
from ..network.scales import Scales
from ..operations.gram import gram_workspace, launch_gram


@dataclass(frozen=True)
class StyleTarget:
    """One style image at one layer.

    Attributes
    ----------
    gram : (C, C) device array
        Its Gram matrix, divided, and scaled for its area where the recipe says so.
    positions : int
        Height * width of its features.
    """

    gram: Array
    positions: int


class Targets:
    """Runs the given pictures through networks of their own size, which are dropped afterwards.

    Parameters
    ----------
    problem : Problem
    filters : NetworkFilters
        Of all its layers.
    input_map : NetworkInputMap
    scales : Scales
        Of all layers; the features' are chosen here, to suit all pictures.
    """

    def __init__(
        self,
        problem: Problem,
        filters: NetworkFilters,
        input_map: NetworkInputMap,
        scales: Scales,
    ) -> None:
        self.problem, self.filters = problem, filters
        self.input_map, self.scales = input_map, scales
        if filters.precision == "fast":
            self._choose_scales()

    def content(self) -> dict[str, Array]:
        """Keep the content's features at the layers of the content term."""
        targets: dict[str, Array] = {}

        def keep(layer: str, features: Array, _: int) -> None:
            targets[layer] = features.copy()

        if self.problem.content is not None and self.problem.content_layers:
            self._run(self.problem.content, self.problem.content_layers, keep)
        return targets

    def styles(self) -> list[dict[str, StyleTarget]]:
        """Keep the styles' Gram matrices at the layers of the style term."""
        if self.problem.recipe.style is None:
            return [{} for _ in self.problem.styles]
        return [self._style(pixels, self.problem.recipe.style) for pixels in self.problem.styles]

    def _style(self, pixels: NDArray[np.float64], style: Style) -> dict[str, StyleTarget]:
        targets: dict[str, StyleTarget] = {}
        painted = feature_sizes(
            self.problem.layers, self.problem.recipe.network, self.problem.shape
        )

        def keep(layer: str, features: Array, _: int) -> None:
            channels = features.shape[2]
            positions = features.size // channels
            divisor = gram_divisor(style.gram_divisor, channels=channels, positions=positions)
            if style.match_area:
                divisor *= positions / math.prod(painted[layer])
            gram = xp().empty((channels, channels), self.filters.dtype)
            partial = xp().empty(gram_workspace(positions, channels), self.filters.dtype)
            launch_gram(
                features,
                gram,
                partial,
                divisor=divisor,
                precision=self.filters.gram_precision,
                scale=1 / self.scales.features[layer] ** 2,
            )
            targets[layer] = StyleTarget(gram, positions)

        self._run(pixels, style.layers, keep)
        return targets

    def _choose_scales(self) -> None:
        """Choose the scales that the largest features of all given pictures need."""
        chosen = dict.fromkeys(self.scales.features, math.inf)
        for pixels in (self.problem.content, *self.problem.styles):
            if pixels is None:
                continue
            calibrate_features(self._network(pixels, self.problem.taps), self._variable(pixels))
            for name, scale in self.scales.features.items():
                chosen[name] = min(chosen[name], scale)
        self.scales.features.update(chosen)

    def _run(self, pixels: NDArray[np.float64], taps: Collection[str], keep: Look) -> None:
        network, variable = self._network(pixels, taps), self._variable(pixels)
        if self.filters.products == "split":
            measure_features(network, variable)
        network.forward(variable, keep)

    def _variable(self, pixels: NDArray[np.float64]) -> Array:
        variable = to_variable(pixels, self.problem.recipe.variable)
        return xp().asarray(variable, self.filters.dtype)

    def _network(self, pixels: NDArray[np.float64], taps: Collection[str]) -> Network:
        """Make a network of a picture's size, no deeper than needed."""
        layers, shape = layers_up_to(self.problem.layers, taps), (pixels.shape[0], pixels.shape[1])
        options, filters = self.problem.recipe.network, self.filters
        stages = stages_of(layers, options, shape, taps)
        leases = plan(stages, options, stored=filters.stored, real=filters.dtype, backward=False)
        return Network(lay_out(stages, leases, filters, options, self.input_map, self.scales))
