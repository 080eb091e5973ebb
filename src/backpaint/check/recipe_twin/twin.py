"""One recipe in the words of a library: everything that is compared, and the sum of all terms."""

from collections.abc import Mapping

import numpy as np

from ...problem.problem import Problem
from ...problem.recipe import Content, Recipe, TotalVariation
from ..libraries.twins import Library, Tensor
from ..operations.operation import Array, Values
from .divisors import divisor_of, sizes_of
from .masks_twin import MasksTwin
from .network_twin import NetworkTwin
from .style_twin import StyleTwin
from .targets import Targets


def recipe_gradient(library: Library, problem: Problem, x: Array) -> tuple[float, Array]:
    """Compute a problem's loss and gradient by a library's operations and autograd, in float64.

    Parameters
    ----------
    library : Library
    problem : Problem
        Of a consistent recipe: autograd differentiates what is reported.
    x : (H, W, 3) ndarray of float64
        The picture, in units of the recipe's variable.

    Returns
    -------
    loss : float
    gradient : (H, W, 3) ndarray of float64
    """
    twin = RecipeTwin(library, problem)

    def loss(tensors: Values) -> Tensor:
        return twin.loss(tensors["x"], tensors, twin.targets(tensors))

    y, gradients = library.gradients(loss, {"x": x, **twin.constants()}, ["x"], 1.0)
    return float(y), np.asarray(gradients["x"])


class RecipeTwin:
    """One recipe in the words of a library.

    Parameters
    ----------
    library : Library
    problem : Problem
        Of a consistent recipe: autograd differentiates what is reported.
    """

    def __init__(self, library: Library, problem: Problem) -> None:
        self.library, self.problem = library, problem
        self.recipe: Recipe = problem.recipe
        self._network, self._masks = NetworkTwin(library, problem), MasksTwin(library, problem)
        style = self.recipe.style
        self._style = None if style is None else StyleTwin(library, problem, style)

    def constants(self) -> Values:
        """List what is not differentiated: filters and biases, and the pictures' variables."""
        values, variable = self._network.constants(), self.recipe.variable
        pictures = {"content": self.problem.content}
        pictures |= {f"style {i}": style for i, style in enumerate(self.problem.styles)}
        for name, pixels in pictures.items():
            if pixels is not None:
                values[name] = (pixels * variable.scale - variable.mean) / variable.std
        return values | self._masks.constants()

    def targets(self, tensors: Mapping[str, Tensor]) -> Targets:
        """Compute what the painted picture is compared with, from the `constants`."""
        content = {}
        if self.recipe.content is not None:
            features = self._network.features(tensors, tensors["content"])
            content = {name: features[name] for name in self.problem.content_layers}
        grams, positions, counting = [], [], []
        if self._style is not None:
            power = self.recipe.masks.power
            for index, table in enumerate(self.problem.layers_of_styles):
                features = self._network.features(tensors, tensors[f"style {index}"])
                weights = self._masks.weights(tensors, f"shown {index}", power=power)
                grams.append(
                    {
                        name: self._style.statistic(features[name], weights.get(name))
                        for name in table
                    }
                )
                positions.append(
                    {name: sizes_of(self.problem, features[name])["M"] for name in table}
                )
                counting.append(weights)
        return Targets(content, tuple(grams), tuple(positions), tuple(counting))

    def loss(self, x: Tensor, tensors: Mapping[str, Tensor], targets: Targets) -> Tensor:
        """Add up all terms.

        Parameters
        ----------
        x : (H, W, 3) tensor
            The picture, in units of the recipe's variable.
        tensors : mapping of str to tensor
            The `constants`.
        targets : Targets
        """
        if "only" in tensors:
            x = tensors["only"] * x + (1 - tensors["only"]) * tensors["content"]
        painted = self._network.features(tensors, x)
        total = 0.0
        if self.recipe.content is not None:
            total = total + self._content(painted, self.recipe.content, tensors, targets)
        if self._style is not None:
            total = total + self._styles(painted, self._style, tensors, targets)
        return total + self._picture_terms(x, tensors)

    def _content(
        self,
        painted: Mapping[str, Tensor],
        content: Content,
        tensors: Mapping[str, Tensor],
        targets: Targets,
    ) -> Tensor:
        keep, total = self._masks.weights(tensors, "keep"), 0.0
        for layer, weight in self.problem.content_layers.items():
            wanted, sizes = targets.content[layer], sizes_of(self.problem, painted[layer])
            divisor = divisor_of(self.library, content.divisor, sizes, wanted)
            error = self.library.squared_error_forward(
                painted[layer], wanted, divisor, keep.get(layer)
            )
            total = total + content.weight * weight * error
        return total

    def _styles(
        self,
        painted: Mapping[str, Tensor],
        style: StyleTwin,
        tensors: Mapping[str, Tensor],
        targets: Targets,
    ) -> Tensor:
        if style.style.blend == "targets":
            return style.loss(painted, style.blended(targets), 0, {})
        power, total = self.recipe.masks.power, 0.0
        for index, share in enumerate(self.problem.style_shares):
            weights = self._masks.weights(tensors, f"painted {index}", power=power)
            loss = style.loss(painted, targets, index, weights)
            total = total + share * self._masks.pull() * loss
        return total

    def _picture_terms(self, x: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
        """Add up the terms of the picture alone."""
        total, recipe = 0.0, self.recipe
        if recipe.total_variation is not None:
            total = total + self._variation(x, recipe.total_variation)
        if recipe.laplacian is not None:
            for pool in recipe.laplacian.pools:
                error = self.library.content_laplacian_forward(x, tensors["content"], pool)
                total = total + recipe.laplacian.weight * error
        if recipe.range is not None:
            total = total + recipe.range.weight * self._range(x, recipe.range.power)
        return total

    def _variation(self, x: Tensor, variation: TotalVariation) -> Tensor:
        kind = variation.kind.replace("-", "_")
        loss = getattr(self.library, f"{kind}_variation_forward")(x, **variation.options)
        return variation.weight * loss

    def _range(self, x: Tensor, power: float) -> Tensor:
        """Compare with 127.5, of which black and white are 127.5 away, in units of the variable."""
        affine = self.recipe.variable
        center = [
            (127.5 * affine.scale - mean) / std
            for mean, std in zip(affine.mean, affine.std, strict=True)
        ]
        half = [127.5 * affine.scale / std for std in affine.std]
        return self.library.value_range_forward(x, center, half, power)
