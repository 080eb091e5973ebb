"""The reference engine: a recipe's loss and gradient, read off the formulas."""

from collections.abc import Collection, Iterator
from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..engine.objective import Evaluation, Objective
from ..problem.pixels import network_input_map, to_variable
from ..problem.problem import Problem, StyleRegion
from ..problem.term_constants import StyleConstants, by_target, content_constants, style_constants
from .arrays import Floats
from .blend import blended
from .network import Network, Values
from .picture_terms import picture_terms
from .squared_error import sum_of_squares
from .terms import StyleTarget, content_term, style_target, style_term, styles_by_target


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
        self._renew_terms()
        self._renew_content()
        with np.errstate(over="ignore", invalid="ignore"):  # the run looks at the result
            self.style_targets = [
                self._style_targets(*style)
                for style in zip(
                    problem.styles, self.style_constants, problem.style_regions, strict=True
                )
            ]
        self._blend()

    def _evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture; see `Objective.evaluate`."""
        with np.errstate(over="ignore", invalid="ignore"):
            picture = x.astype(self.network.dtype)
            values = self.network.forward(picture, self.problem.taps)
            terms, grad_taps = self._tapped(values)
            grad_x = self.network.backward(values, grad_taps)
            for name, term in picture_terms(self.problem).items():
                terms[name], gradient = term(picture)
                grad_x = grad_x + gradient
        return Evaluation(sum(terms.values()), grad_x.astype(np.float64), terms)

    def layer_gradients(self, x: NDArray[np.float64], name: str) -> tuple[Floats, Floats, Floats]:
        """Compute the gradient of the loss at one layer of the network.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float64
            The picture, in units of the recipe's variable.
        name : str
            A layer that the loss depends on.

        Returns
        -------
        grad_y, grad_x : ndarray of float
            With respect to the layer's output and to its input; see `Network.layer_gradients`.
        own : ndarray of float
            The part of `grad_x` that does not come through the layer: of a term that looks at its
            input.  0 where there is none.
        """
        values = self.network.forward(x.astype(self.network.dtype), self.problem.taps)
        _, grad_taps = self._tapped(values)
        grad_y, grad_x = self.network.layer_gradients(values, grad_taps, name)
        own = grad_taps.get(self.network.input_of(name))
        return grad_y, grad_x, np.zeros_like(grad_x) if own is None else own

    def _tapped(self, values: Values) -> tuple[dict[str, float], dict[str, Floats]]:
        """Add up the losses by term, and their gradients by the layer that each looks at."""
        terms = dict.fromkeys(self.problem.term_names, 0.0)
        grad_taps: dict[str, Floats] = {}
        for name, layer, loss, gradient in self._feature_terms(values):
            terms[name] += loss
            grad_taps[layer] = grad_taps[layer] + gradient if layer in grad_taps else gradient
        return terms, grad_taps

    def _first_non_finite_layer(self, x: NDArray[np.float64]) -> str | None:
        """See `Objective`."""
        with np.errstate(over="ignore", invalid="ignore"):
            names = [layer.name for layer in self.network.layers]
            values = self.network.forward(x, names)
        return next((name for name in names if not np.isfinite(values[name]).all()), None)

    def _feature_terms(self, values: Values) -> Iterator[tuple[str, str, float, Floats]]:
        """Yield (name, layer, loss, gradient with respect to the layer's features) of each term."""
        for layer, of_content in self.content_constants.items():
            target = self.content_targets[layer]
            weights = self.problem.content_weights
            counting = None if weights is None else weights[layer]
            found = content_term(values[layer], target, of_content, counting)
            yield f"content {layer}", layer, *found
        constants_seen, targets_seen = self._styles_seen
        regions = self.problem.style_regions[: len(targets_seen)]  # blended, they are one
        for constants, targets, region in zip(constants_seen, targets_seen, regions, strict=True):
            for layer, of_style in constants.items():
                counting = region.painted_at(layer)
                found = style_term(values[layer], targets[layer], of_style, counting)
                yield f"style {layer}", layer, *found

    def _features(self, pixels: NDArray[np.float64], layers: Collection[str]) -> Values:
        """Run the network on R, G, B pixels 0..255 and keep some layers, if any."""
        if not layers:
            return {}
        variable = to_variable(pixels, self.problem.recipe.variable)
        values = self.network.forward(variable.astype(self.network.dtype), layers)
        return {layer: values[layer] for layer in layers}

    def _renew_content(self) -> None:
        """Keep the content's features at the layers of the content term; see `Objective`."""
        content, self.content_targets = self.problem.content, Values()
        if content is not None:
            with np.errstate(over="ignore", invalid="ignore"):  # the run looks at the result
                self.content_targets = self._features(content, self.problem.content_layers)
        self._measure_content()

    def _renew_terms(self) -> bool:
        """See `Objective`."""
        self.content_constants = content_constants(self.problem)
        self.style_constants = style_constants(self.problem)
        if hasattr(self, "style_targets"):
            self._measure_content()
            self._blend()
        return True

    def _measure_content(self) -> None:
        """Set the divisor of the content term, where the content decides it."""
        self.content_constants = {
            layer: by_target(constants, partial(sum_of_squares, self.content_targets[layer]))
            for layer, constants in self.content_constants.items()
        }

    def _blend(self) -> None:
        """Keep what styles ask for, or what they ask for together where the recipe blends it."""
        style = self.problem.recipe.style
        seen, targets = self.style_constants, self.style_targets
        if style is not None and style.blend == "targets":
            seen, targets = blended(seen, targets)
        self._styles_seen = styles_by_target(seen, targets), targets

    def _style_targets(
        self,
        pixels: NDArray[np.float64],
        constants: dict[str, StyleConstants],
        region: StyleRegion,
    ) -> dict[str, StyleTarget]:
        """Compute what one style asks of the layers where it counts."""
        features = self._features(pixels, constants)
        return {
            layer: style_target(features[layer], constants[layer], region.shown_at(layer))
            for layer in constants
        }
