"""The reference engine: a recipe's loss and gradient, read off the formulas."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..engine.objective import Evaluation, Objective
from ..problem.feature_sizes import feature_sizes
from ..problem.pixels import network_input_map, to_variable
from ..problem.problem import Problem
from .arrays import Floats
from .network import Network, Values
from .terms import StyleTarget, content_term, style_target, style_term, variation_term


class ReferenceObjective(Objective):
    """Loss and gradient of one problem in plain NumPy.

    Parameters
    ----------
    problem : Problem
        What to compute.
    dtype : dtype
        float64 to check others against, float32 to paint.
    """

    def __init__(self, problem: Problem, dtype: DTypeLike = np.float64) -> None:
        super().__init__(problem)
        input_map = network_input_map(problem.recipe, problem.weights.normalization)
        self.network = Network(
            problem.layers, problem.weights, problem.recipe.network, input_map, dtype
        )
        with np.errstate(over="ignore", invalid="ignore"):  # the run looks at the result
            self.content_targets = self._content_targets()
            self.style_targets = [self._style_targets(style) for style in problem.styles]

    def evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture; see `Objective.evaluate`."""
        with np.errstate(over="ignore", invalid="ignore"):
            picture = x.astype(self.network.dtype)
            values = self.network.forward(picture, self.problem.taps)
            terms: dict[str, float] = {}
            grad_taps: dict[str, Floats] = {}
            for name, layer, loss, gradient in self._feature_terms(values):
                terms[name] = terms.get(name, 0.0) + loss
                grad_taps[layer] = grad_taps[layer] + gradient if layer in grad_taps else gradient
            grad_x = self.network.backward(values, grad_taps)
            if self.problem.recipe.total_variation is not None:
                loss, gradient = variation_term(picture, self.problem.recipe.total_variation)
                terms["total variation"] = loss
                grad_x = grad_x + gradient
        return Evaluation(sum(terms.values()), grad_x.astype(np.float64), terms)

    def first_non_finite(self, x: NDArray[np.float64]) -> str:
        """Name the first place that is NaN or infinite; see `Objective.first_non_finite`."""
        if not np.isfinite(x).all():
            return "the picture itself"
        with np.errstate(over="ignore", invalid="ignore"):
            every = [layer.name for layer in self.network.layers]
            values = self.network.forward(x, every)
            for name in every:
                if not np.isfinite(values[name]).all():
                    return f"layer {name}"
        for name, loss in self.evaluate(x).terms.items():
            if not np.isfinite(loss):
                return f"the term {name}"
        return "the gradient on its way back to the picture"

    def _feature_terms(self, values: Values) -> Iterator[tuple[str, str, float, Floats]]:
        """Yield (name, layer, loss, gradient with respect to the layer's features) of each term."""
        content, style = self.problem.recipe.content, self.problem.recipe.style
        if content is not None:
            for layer, share in content.layers.items():
                weight = content.weight * share
                target = self.content_targets[layer]
                yield (
                    f"content {layer}",
                    layer,
                    *content_term(values[layer], target, weight, content),
                )
        if style is None:
            return
        height, width = self.problem.shape
        for share, targets in zip(self.problem.style_shares, self.style_targets, strict=True):
            for layer, layer_weight in style.layers.items():
                weight = style.weight * layer_weight * share
                yield (
                    f"style {layer}",
                    layer,
                    *style_term(values[layer], targets[layer], weight, style, height * width),
                )

    def _features(self, pixels: NDArray[np.float64], layers: dict[str, float]) -> Values:
        """Run the network on R, G, B pixels 0..255 and keep some layers."""
        values = self.network.forward(
            to_variable(pixels, self.problem.recipe.variable).astype(self.network.dtype), layers
        )
        return {layer: values[layer] for layer in layers}

    def _content_targets(self) -> Values:
        if self.problem.content is None:
            return {}
        return self._features(self.problem.content, self.problem.content_layers)

    def _style_targets(self, pixels: NDArray[np.float64]) -> dict[str, StyleTarget]:
        style = self.problem.recipe.style
        if style is None:
            return {}
        features = self._features(pixels, self.problem.style_layers)
        sizes = feature_sizes(self.network.layers, self.network.options, self.problem.shape)
        return {
            layer: style_target(features[layer], style, math.prod(sizes[layer]))
            for layer in style.layers
        }
