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
from ..reference.sliced import random_directions
from .libraries.twins import Library, Tensor
from .operations.operation import Array, Values

NORMAL = {
    "mean-deviation": "mean_deviation_loss_forward",
    "wasserstein": "wasserstein_loss_forward",
}
"""Statistics that compare normal distributions, and the functions for them."""
SORTED = ("sliced", "histogram")
"""Statistics that sort features."""
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
    counting : tuple of mapping of str to tensor
        How much each of them counted, (h, w), where there are masks.
    """

    content: Mapping[str, Tensor]
    grams: tuple[Mapping[str, Tensor], ...]
    positions: tuple[Mapping[str, float], ...]
    counting: tuple[Mapping[str, Tensor], ...]


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
        style = self.recipe.style
        self._gram_divisor = factors(style.gram_divisor if style is not None else "1")

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
        return values | self._masks()

    def _masks(self) -> Values:
        """List the masks, each as a picture of one channel."""
        regions = self.problem.regions
        if regions is None:
            return {}
        if self.recipe.masks.propagate != "average":
            return self._known_weights()
        masks = {f"painted {i}": mask for i, mask in enumerate(regions.painted)}
        masks |= {f"shown {i}": mask for i, mask in enumerate(regions.shown)}
        masks |= {"keep": regions.keep, "only": regions.only}
        return {name: mask[..., None] for name, mask in masks.items() if mask is not None}

    def _known_weights(self) -> Values:
        """List what the problem says of each layer, for masks that no library's pools bring."""
        problem = self.problem
        found: dict[str, Mapping[str, Array] | None] = {"keep": problem.content_weights}
        for i, region in enumerate(problem.style_regions):
            found |= {f"painted {i}": region.painted, f"shown {i}": region.shown}
        values: Values = {
            f"{name} {layer}": weights
            for name, by_layer in found.items()
            for layer, weights in (by_layer or {}).items()
        }
        only = None if problem.regions is None else problem.regions.only
        return values if only is None else values | {"only": only[..., None]}

    def targets(self, tensors: Mapping[str, Tensor]) -> "Targets":
        """Compute what the painted picture is compared with, from the `constants`."""
        content = {}
        if self.recipe.content is not None:
            features = self._features(tensors, tensors["content"])
            content = {name: features[name] for name in self._content_layers}
        grams, positions, counting = [], [], []
        for index, table in enumerate(self._layers_of_styles):
            features = self._features(tensors, tensors[f"style {index}"])
            weights = self._weights(tensors, f"shown {index}", power=self.recipe.masks.power)
            grams.append({name: self._gram(features[name], weights.get(name)) for name in table})
            positions.append({name: self._sizes(features[name])["M"] for name in table})
            counting.append(weights)
        return Targets(content, tuple(grams), tuple(positions), tuple(counting))

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
        if "only" in tensors:
            x = tensors["only"] * x + (1 - tensors["only"]) * tensors["content"]
        painted = self._features(tensors, x)
        total = 0.0
        if self.recipe.content is not None:
            content, keep = self.recipe.content, self._weights(tensors, "keep")
            for layer, weight in self._content_layers.items():
                wanted, sizes = targets.content[layer], self._sizes(painted[layer])
                divisor = self._divisor(content.divisor, sizes, wanted)
                error = self.library.squared_error_forward(
                    painted[layer], wanted, divisor, keep.get(layer)
                )
                total = total + content.weight * weight * error
        if self.recipe.style is not None and self.recipe.style.blend == "targets":
            total = total + self._style(painted, self._blended(targets), 0, self.recipe.style, {})
        elif self.recipe.style is not None:
            style, power = self.recipe.style, self.recipe.masks.power
            for index, share in enumerate(self.problem.style_shares):
                weights = self._weights(tensors, f"painted {index}", power=power)
                loss = self._style(painted, targets, index, style, weights)
                total = total + share * self._pull() * loss
        if self.recipe.total_variation is not None:
            total = total + self._variation(x, self.recipe.total_variation)
        if self.recipe.laplacian is not None:
            for pool in self.recipe.laplacian.pools:
                error = self.library.content_laplacian_forward(x, tensors["content"], pool)
                total = total + self.recipe.laplacian.weight * error
        if self.recipe.range is not None:
            total = total + self.recipe.range.weight * self._range(x, self.recipe.range.power)
        return total

    def _pull(self) -> float:
        """Return 1 over the mean of shares where styles count, see `MaskOptions.strength`."""
        regions, masks = self.problem.regions, self.recipe.masks
        if regions is None or not regions.painted or masks.strength == "equal":
            return 1.0
        everywhere = np.ones(self.problem.shape)
        shares = self.problem.style_shares
        counts = [everywhere if m is None else m**masks.power for m in regions.painted]
        pull = sum(share * count for share, count in zip(shares, counts, strict=True))
        return float(np.minimum(sum(counts), 1).sum() / np.sum(pull))

    def _weights(
        self, tensors: Mapping[str, Tensor], name: str, power: int = 1
    ) -> dict[str, Tensor]:
        """Bring a mask to all layers, by the library's pools where it is averaged."""
        known = {layer.name: f"{name} {layer.name}" for layer in self._layers}
        found = {layer: tensors[key] for layer, key in known.items() if key in tensors}
        if name not in tensors:
            return found
        mask = tensors[name]
        for layer in self._layers:
            if layer.kind == "pool":
                options = self.recipe.network
                mask = (
                    self.library.overlapping_average_pool_forward(mask, False)
                    if options.pool == "overlapping-average"
                    else self.library.average_pool_forward(mask, options.edge)
                )
            found[layer.name] = mask[:, :, 0] ** power
        return found

    def _blended(self, targets: "Targets") -> "Targets":
        """Weigh Gram matrices by the styles' shares, all of which name the same layers."""
        style, shares = self.recipe.style, self.problem.style_shares
        if len(shares) == 1:
            return targets
        if style is None or style.statistic in (*NORMAL, *SORTED):
            raise UsageError(
                f"the check blends Gram matrices of {len(shares)} styles, not their distributions; "
                "give it one style"
            )
        mean = {
            layer: sum(share * one[layer] for share, one in zip(shares, targets.grams, strict=True))
            for layer in targets.grams[0]
        }
        return Targets(targets.content, (mean,), targets.positions, targets.counting)

    def _gram(self, features: Tensor, weights: Tensor | None) -> Tensor:
        style = self.recipe.style
        if style is not None and style.statistic in (*NORMAL, *SORTED):
            return features
        sizes = self._sizes(features)
        counted = sizes["M"] if weights is None else self.library.total(weights)
        if style is not None and style.statistic == "covariance":
            means = (
                self.library.einsum("hwc->c", features)
                if weights is None
                else self.library.einsum("hw,hwc->c", weights, features)
            )
            features = features - means / counted
        elif style is not None and style.shift:
            features = features + style.shift
        gram = self.library.gram_forward(features, product(self._gram_divisor, sizes), weights)
        if weights is not None and self.recipe.masks.normalized:
            gram = gram * (sizes["M"] / counted)
        return gram

    def _style(
        self,
        painted: Mapping[str, Tensor],
        targets: "Targets",
        index: int,
        style: Style,
        weights: Mapping[str, Tensor],
    ) -> Tensor:
        total = 0.0
        for layer, factor in self._layers_of_styles[index].items():
            sizes, native = self._sizes(painted[layer]), targets.positions[index][layer]
            wanted, counting = targets.grams[index][layer], weights.get(layer)
            strength = style.weight * factor
            if counting is not None and self.recipe.masks.strength == "area":
                strength = strength * self.library.total(counting) / sizes["M"]
            if style.statistic in SORTED:
                error = self._sorted(painted[layer], wanted, style)
                total = total + strength * error
                continue
            if style.statistic in NORMAL:
                both = counting, targets.counting[index].get(layer)
                error = self._distance(painted[layer], wanted, style, *both)
                total = total + strength * error
                continue
            if style.match_area:
                wanted = wanted * (sizes["M"] / native)
            sizes |= {"M_style": native}
            error = self.library.squared_error_forward(
                self._gram(painted[layer], counting),
                wanted,
                self._divisor(style.divisor, sizes, wanted),
            )
            total = total + strength * error
        return total

    def _distance(
        self,
        painted: Tensor,
        style_features: Tensor,
        style: Style,
        here: Tensor | None,
        there: Tensor | None,
    ) -> Tensor:
        """Compare normal distributions of features, counted by weights if there are any."""
        if style.root_steps is not None:
            epsilon = style.epsilon
            if style.epsilon_form == "share":
                epsilon = epsilon * (1 + self.library.mean_variance(style_features, there))
            return self.library.truncated_wasserstein(
                painted, style_features, epsilon, style.root_steps, here, there
            )
        distance = getattr(self.library, NORMAL[style.statistic])
        return distance(painted, style_features, style.epsilon, here, there)

    def _sorted(self, painted: Tensor, style: Tensor, options: Style) -> Tensor:
        """Compare rank by rank, along the drawn directions or along each channel."""
        channels = int(painted.shape[2])
        directions: Array = np.eye(channels)
        if options.statistic == "sliced":
            directions = random_directions(channels, options.directions)
        return self.library.sorted_error(painted, style, self.library.constant(directions))

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

    def _features(self, tensors: Mapping[str, Tensor], x: Tensor) -> dict[str, Tensor]:
        """Run the network on a variable, and keep what terms look at."""
        repeats_edge, seen = self.recipe.network.first_padding == "edge", self._network_input(x)
        if repeats_edge:
            seen = self.library.edge_pad_forward(seen)
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

    def _divisor(self, text: str, sizes: Mapping[str, float], target: Tensor) -> Any:
        """Compute a divisor; ``|A|^2`` and ``|P|^2`` are the sum of squares of the target."""
        if text.startswith("|"):
            return self.library.total(target * target)
        return product(factors(text), sizes)

    def _sizes(self, features: Tensor) -> dict[str, float]:
        """Return the values of the letters in divisors; see `recipe.py`."""
        height, width, channels = (int(length) for length in features.shape)
        return {"C": channels, "M": height * width, "P": math.prod(self.problem.shape)}


def factors(divisor: str) -> list[tuple[str, float]]:
    """Read a divisor as it is written: names or numbers, each with its power; a root comes last.

    Examples
    --------
    >>> factors("4 C^2")
    [('4', 1.0), ('C', 2.0)]
    """
    outside, _, inside = divisor.partition("sqrt")
    return [
        (name, float(power or 1) * share)
        for part, share in ((outside, 1.0), (inside, 0.5))
        for name, power in re.findall(r"(\w+)(?:\^(\d))?", part)
    ]


def product(divisor: Sequence[tuple[str, float]], sizes: Mapping[str, float]) -> float:
    """Compute a divisor.

    Parameters
    ----------
    divisor : sequence of (str, float)
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
