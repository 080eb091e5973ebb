"""Targets of the content and style terms, from one forward pass over each given picture."""

import math
from collections.abc import Collection, Mapping
from copy import copy

from ...problem.pixels import NetworkInputMap, Pixels, to_variable
from ...problem.problem import Problem
from ...problem.stages import layers_up_to, stages_of
from ...problem.term_constants import StyleConstants, style_constants
from ..device.device import Array, to_device, xp
from ..network.calibration import calibrate_features, measure_features
from ..network.layout import lay_out
from ..network.network import Look, Network
from ..network.network_filters import NetworkFilters
from ..network.plan import plan
from ..network.scales import Scales
from ..operations.gram import GramSum


class Targets:
    """Runs the given pictures through networks of their own size, which are dropped afterwards.

    Parameters
    ----------
    problem : Problem
    filters : NetworkFilters
        Of all its layers.
    input_map : NetworkInputMap

    Attributes
    ----------
    scales : Scales
        Of all layers; the features' suit all given pictures.
    content : dict of str to (H, W, C) device array
        The content's features, at the layers of the content term.
    styles : list of dict of str to (C, C) device array
        For each style, its Gram matrices at the layers where it counts: divided, and scaled for
        its area where the recipe says so.
    """

    def __init__(
        self, problem: Problem, filters: NetworkFilters, input_map: NetworkInputMap
    ) -> None:
        self.problem, self.filters, self.input_map = problem, filters, input_map
        self.scales = Scales(layer.name for layer in problem.layers)
        self._of_styles = self._wanted_scales(problem.styles)
        self._choose_scales()
        self.content = self._content_targets()
        self.styles = self._style_targets()

    def with_content(self, problem: Problem) -> "Targets":
        """Return the targets of a problem that differs in its content alone, with own scales.

        Styles are looked at anew only if their features need other scales beside the new content's.
        """
        other = copy(self)
        other.problem, other.scales = problem, Scales(layer.name for layer in problem.layers)
        other._choose_scales()
        other.content = other._content_targets()
        if other.scales.features != self.scales.features:
            other.styles = other._style_targets()
        return other

    def _content_targets(self) -> dict[str, Array]:
        targets: dict[str, Array] = {}

        def keep(layer: str, features: Array, _: int) -> None:
            targets[layer] = features.copy()

        if self.problem.content is not None and self.problem.content_layers:
            self._run(self.problem.content, self.problem.content_layers, keep)
        return targets

    def _style_targets(self) -> list[dict[str, Array]]:
        every = zip(self.problem.styles, style_constants(self.problem), strict=True)
        return [self._of_style(pixels, constants) for pixels, constants in every]

    def _of_style(
        self, pixels: Pixels, constants: Mapping[str, StyleConstants]
    ) -> dict[str, Array]:
        targets: dict[str, Array] = {}

        def keep(layer: str, features: Array, _: int) -> None:
            channels, here = features.shape[2], constants[layer]
            gram = xp().empty((channels, channels), self.filters.dtype)
            scale = 1 / self.scales.features[layer] ** 2
            divisor = here.target_gram_divisor * float(1 / here.area)
            height, width = features.shape[:2]
            GramSum(
                (height, width), height, channels, self.filters.dtype, self.filters.gram_precision
            ).add(features, 0, gram, scale / divisor)
            targets[layer] = gram

        if constants:
            self._run(pixels, constants, keep)
        return targets

    def _choose_scales(self) -> None:
        """Choose the scales that the largest features of all given pictures need."""
        if self.filters.precision != "fast":
            return
        content = () if self.problem.content is None else (self.problem.content,)
        wanted = self._wanted_scales(content)
        for name, scale in self._of_styles.items():
            self.scales.features[name] = min(scale, wanted[name])

    def _wanted_scales(self, pictures: Collection[Pixels]) -> dict[str, float]:
        """Find the least scale of each layer's features that some pictures want; ``inf``: none."""
        wanted = dict.fromkeys(self.scales.features, math.inf)
        if self.filters.precision == "fast":
            for pixels in pictures:
                network = self._network(pixels, self.problem.taps)
                calibrate_features(network, self._variable(pixels))
                for name, scale in self.scales.features.items():
                    wanted[name] = min(wanted[name], scale)
        return wanted

    def _run(self, pixels: Pixels, taps: Collection[str], keep: Look) -> None:
        network, variable = self._network(pixels, taps), self._variable(pixels)
        if self.filters.products == "split":
            measure_features(network, variable)
        network.forward(variable, keep)

    def _variable(self, pixels: Pixels) -> Array:
        variable = to_variable(pixels, self.problem.recipe.variable)
        return to_device(variable, self.filters.dtype)

    def _network(self, pixels: Pixels, taps: Collection[str]) -> Network:
        """Make a network of a picture's size, no deeper than needed."""
        layers, shape = layers_up_to(self.problem.layers, taps), (pixels.shape[0], pixels.shape[1])
        options, filters = self.problem.recipe.network, self.filters
        stages = stages_of(layers, options, shape, taps)
        leases = plan(stages, options, stored=filters.stored, real=filters.dtype, backward=False)
        return Network(lay_out(stages, leases, filters, options, self.input_map, self.scales))
