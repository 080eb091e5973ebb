"""A whole recipe once more, for a library that differentiates by itself.

Written from the definitions in `recipe.py` alone, sharing no code with the engines: the network,
the divisors and the maps between pixels and the network's input are all spelled out here.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError
from ..problem.problem import Problem
from ..problem.recipe import Recipe, Style, TotalVariation
from .libraries.twins import Library, Tensor
from .operations.operation import Array, Values

NORMAL = {
    "mean-deviation": "mean_deviation_loss_forward",
    "wasserstein": "wasserstein_loss_forward",
}
"""Statistics that compare normal distributions, and the functions for them."""
RGB, BGR = (0, 1, 2), (2, 1, 0)


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


@dataclass(frozen=True)
class Targets:
    """The targets of the painted picture.

    Attributes
    ----------
    content : mapping of str to tensor
        The content's features, by layer.
    grams : tuple of mapping of str to tensor
        The Gram matrices of each style, by layer; or its features, for statistics that compare
        normal distributions.
    positions : tuple of mapping of str to float
        How many positions the features had that they were averaged over.
    """

    content: Mapping[str, Tensor]
    grams: tuple[Mapping[str, Tensor], ...]
    positions: tuple[Mapping[str, float], ...]


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
        self._layers, self._taps = problem.layers, problem.taps
        self._content_layers = problem.content_layers
        self._layers_of_styles = problem.layers_of_styles
        content, style = self.recipe.content, self.recipe.style
        self._content_divisor = factors(content.divisor if content is not None else "1")
        self._gram_divisor = factors(style.gram_divisor if style is not None else "1")
        self._style_divisor = factors(style.divisor if style is not None else "1")

    def constants(self) -> Values:
        """List what is not differentiated: filters and biases, and the pictures' variables."""
        values: Values = {}
        for layer in self._layers:
            if layer.kind == "conv":
                w = self.problem.weights.filters[layer.name].astype(np.float64)
                values[f"w {layer.name}"] = np.ascontiguousarray(self._oriented(w))
                values[f"b {layer.name}"] = self.problem.weights.biases[layer.name].astype(float)
        variable = self.recipe.variable
        pictures = {"content": self.problem.content}
        pictures |= {f"style {i}": style for i, style in enumerate(self.problem.styles)}
        for name, pixels in pictures.items():
            if pixels is not None:
                values[name] = (pixels * variable.scale - variable.mean) / variable.std
        return values

    def targets(self, tensors: Mapping[str, Tensor]) -> "Targets":
        """Compute what the painted picture is compared with, from the `constants`."""
        content = {}
        if self.recipe.content is not None:
            features = self._features(tensors, tensors["content"])
            content = {name: features[name] for name in self._content_layers}
        grams, positions = [], []
        for index, table in enumerate(self._layers_of_styles):
            features = self._features(tensors, tensors[f"style {index}"])
            grams.append({name: self._gram(features[name]) for name in table})
            positions.append({name: self._sizes(features[name])["M"] for name in table})
        return Targets(content, tuple(grams), tuple(positions))

    def loss(self, x: Tensor, tensors: Mapping[str, Tensor], targets: "Targets") -> Tensor:
        """Add up all terms.

        Parameters
        ----------
        x : (H, W, 3) tensor
            The picture, in units of the recipe's variable.
        tensors : mapping of str to tensor
            The `constants`.
        targets : Targets
        """
        painted = self._features(tensors, x)
        total = 0.0
        if self.recipe.content is not None:
            content = self.recipe.content
            for layer, weight in self._content_layers.items():
                divisor = product(self._content_divisor, self._sizes(painted[layer]))
                error = self.library.squared_error_forward(
                    painted[layer], targets.content[layer], divisor
                )
                total = total + content.weight * weight * error
        if self.recipe.style is not None and self.recipe.style.blend == "targets":
            total = total + self._style(painted, self._blended(targets), 0, self.recipe.style)
        elif self.recipe.style is not None:
            for index, share in enumerate(self.problem.style_shares):
                total = total + share * self._style(painted, targets, index, self.recipe.style)
        if self.recipe.total_variation is not None:
            total = total + self._variation(x, self.recipe.total_variation)
        return total

    def _blended(self, targets: "Targets") -> "Targets":
        """Weigh Gram matrices by the styles' shares, all of which name the same layers."""
        style, shares = self.recipe.style, self.problem.style_shares
        if len(shares) == 1:
            return targets
        if style is None or style.statistic in NORMAL:
            raise UsageError(
                f"the check blends Gram matrices of {len(shares)} styles, not their distributions; "
                "give it one style"
            )
        mean = {
            layer: sum(share * one[layer] for share, one in zip(shares, targets.grams, strict=True))
            for layer in targets.grams[0]
        }
        return Targets(targets.content, (mean,), targets.positions)

    def _gram(self, features: Tensor) -> Tensor:
        style = self.recipe.style
        if style is not None and style.statistic in NORMAL:
            return features
        if style is not None and style.statistic == "covariance":
            height, width = (int(length) for length in features.shape[:2])
            features = features - self.library.einsum("hwc->c", features) / (height * width)
        elif style is not None and style.shift:
            features = features + style.shift
        divisor = product(self._gram_divisor, self._sizes(features))
        return self.library.gram_forward(features, divisor)

    def _style(
        self, painted: Mapping[str, Tensor], targets: "Targets", index: int, style: Style
    ) -> Tensor:
        total = 0.0
        for layer, weight in self._layers_of_styles[index].items():
            sizes, native = self._sizes(painted[layer]), targets.positions[index][layer]
            wanted = targets.grams[index][layer]
            if style.statistic in NORMAL:
                error = self._distance(painted[layer], wanted, style)
                total = total + style.weight * weight * error
                continue
            if style.match_area:
                wanted = wanted * (sizes["M"] / native)
            sizes |= {"M_style": native}
            error = self.library.squared_error_forward(
                self._gram(painted[layer]), wanted, product(self._style_divisor, sizes)
            )
            total = total + style.weight * weight * error
        return total

    def _distance(self, painted: Tensor, style_features: Tensor, style: Style) -> Tensor:
        """Compare normal distributions of features."""
        if style.root_steps is not None:
            epsilon = style.epsilon
            if style.epsilon_form == "share":
                epsilon = epsilon * (1 + self.library.mean_variance(style_features))
            return self.library.truncated_wasserstein(
                painted, style_features, epsilon, style.root_steps
            )
        distance = getattr(self.library, NORMAL[style.statistic])
        return distance(painted, style_features, style.epsilon)

    def _variation(self, x: Tensor, variation: TotalVariation) -> Tensor:
        kind = variation.kind.replace("-", "_")
        loss = getattr(self.library, f"{kind}_variation_forward")(x, **variation.options)
        return variation.weight * loss

    def _features(self, tensors: Mapping[str, Tensor], x: Tensor) -> dict[str, Tensor]:
        """Run the network on a variable, and keep what terms look at."""
        repeats_edge, seen = self.recipe.network.first_padding == "edge", self._network_input(x)
        if repeats_edge:
            seen = self.library.join([seen[:1], seen, seen[-1:]], 0)
            seen = self.library.join([seen[:, :1], seen, seen[:, -1:]], 1)
        y, values = self.library.enter_network(seen), {}
        for layer in self._layers:
            if layer.kind == "conv":
                y = self.library.conv_forward(
                    y, tensors[f"w {layer.name}"], tensors[f"b {layer.name}"]
                )
                if repeats_edge and layer is self._layers[0]:
                    inner = self.library.leave_network(y)[1:-1, 1:-1]
                    y = self.library.enter_network(inner)
            elif layer.kind == "relu":
                y = self.library.relu_forward(y)
            else:
                y = self._pool(y)
            if layer.name in self._taps:
                values[layer.name] = self.library.leave_network(y)
        return values

    def _network_input(self, x: Tensor) -> Tensor:
        """Go from the variable to pixels, and from there to what the network is fed."""
        variable, trained = self.recipe.variable, self.problem.weights.normalization
        to_pixels = [std / variable.scale for std in variable.std]
        black = [mean / variable.scale for mean in variable.mean]
        pixels = self.library.preprocess_forward(x, to_pixels, black, RGB)
        fed: Any = getattr(self.recipe.input, trained.family)
        scale = trained.scale if fed.scale is None else fed.scale
        mean = trained.mean if fed.mean is None else fed.mean
        std = trained.std if fed.std is None else fed.std
        order = RGB if (trained.order == "rgb") != fed.swap_channels else BGR
        factors = [scale / std[c] for c in range(3)]
        offsets = [-mean[c] / std[c] for c in range(3)]
        return self.library.preprocess_forward(pixels, factors, offsets, order)

    def _pool(self, x: Tensor) -> Tensor:
        options = self.recipe.network
        if options.pool == "overlapping-average":
            return self.library.overlapping_average_pool_forward(x, options.count_padding)
        if options.pool == "average":
            return self.library.average_pool_forward(x, options.edge)
        return self.library.max_pool_forward(x, options.edge)

    def _oriented(self, w: Array) -> Array:
        filters = self.recipe.network.filters
        if filters == "transposed":
            return np.swapaxes(w, 0, 1)
        return np.flip(w, (0, 1)) if filters == "turned" else w

    def _sizes(self, features: Tensor) -> dict[str, float]:
        """Return the values of the letters in divisors; see `recipe.py`."""
        height, width, channels = (int(length) for length in features.shape)
        return {"C": channels, "M": height * width, "P": math.prod(self.problem.shape)}


def factors(divisor: str) -> list[tuple[str, int]]:
    """Read a divisor as it is written: names or numbers, each with its power.

    Examples
    --------
    >>> factors("4 C^2")
    [('4', 1), ('C', 2)]
    """
    found = re.findall(r"([\w]+)(?:\^(\d))?", divisor)
    return [(name, int(power or 1)) for name, power in found]


def product(divisor: Sequence[tuple[str, int]], sizes: Mapping[str, float]) -> float:
    """Compute a divisor.

    Parameters
    ----------
    divisor : sequence of (str, int)
        Its `factors`.
    sizes : mapping of str to float
        What the letters stand for.

    Examples
    --------
    >>> product(factors("4 C^2 M_style^2"), {"C": 3, "M_style": 5})
    900.0
    """
    total = 1.0
    for name, power in divisor:
        total *= (sizes[name] if name in sizes else float(name)) ** power
    return total
