"""The terms of an objective: each gives its weighted loss and the gradient that belongs to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..problem.problem import TOTAL_VARIATION
from ..problem.recipe import SORTED, TotalVariation
from ..problem.term_constants import ContentConstants, StyleConstants, by_target, l1_factor
from .arrays import Floats
from .gram import gram_backward, gram_forward
from .smoothness import (
    laplacian_variation_backward,
    laplacian_variation_forward,
    nine_point_variation_backward,
    nine_point_variation_forward,
)
from .squared_error import squared_error_backward, squared_error_forward, sum_of_squares
from .statistic_term import (
    Quantiles,
    normal_of,
    quantiles_of,
    sliced_term,
    statistic_term,
    wanted_covariance,
)
from .statistics import Normal
from .total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    power_variation_backward,
    power_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)

VARIATIONS: dict[str, tuple[Callable[..., float], Callable[..., Floats]]] = {
    "absolute": (absolute_variation_forward, absolute_variation_backward),
    "squared": (squared_variation_forward, squared_variation_backward),
    "power": (power_variation_forward, power_variation_backward),
    "laplacian": (laplacian_variation_forward, laplacian_variation_backward),
    "nine-point": (nine_point_variation_forward, nine_point_variation_backward),
}
"""Forward and backward, by `TotalVariation.kind`."""

LossAndGradient = tuple[float, Floats]
"""A weighted loss as it is reported, and the gradient with respect to the term's features."""


def content_term(
    features: Floats,
    target: Floats,
    constants: ContentConstants,
    weights: Floats | None = None,
) -> LossAndGradient:
    """Compare features with those of the content image at one layer.

    Parameters
    ----------
    features, target : (H, W, C) ndarray of float
        F and P of the paper.
    constants : ContentConstants
        Weight and divisor.
    weights : (H, W) ndarray of float, optional
        How much each position counts; absent: all alike.

    Returns
    -------
    loss : float
    gradient : (H, W, C) ndarray of float
        With respect to `features`.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, arXiv:1508.06576, equations 1 and 2.
    """
    weight, divisor = constants.weight, constants.divisor
    loss = squared_error_forward(features, target, divisor, weights)
    gradient = squared_error_backward(1.0, features, target, divisor, weights)
    if constants.l1_epsilon is not None:
        loss, gradient = l1_normalized(loss, gradient, constants.l1_epsilon)
    if constants.reported == "half-norm":
        loss = 0.5 * float(np.sqrt(squared_error_forward(features, target, 1.0, weights)))
    return weight * loss, gradient * gradient.dtype.type(weight)


StyleTarget = Floats | Normal | Quantiles
"""What a style asks of a layer: a Gram matrix, or a distribution of features."""


def style_target(
    features: Floats, constants: StyleConstants, weights: Floats | None = None
) -> StyleTarget:
    """Compute what one style asks of one layer.

    Parameters
    ----------
    features : (h, w, C) ndarray of float
        The style image's features.
    constants : StyleConstants
        What its Gram matrix is divided and multiplied by.
    weights : (h, w) ndarray of float, optional
        How much each of its positions counts; absent: all alike.

    Returns
    -------
    (C, C) ndarray of float, or Normal or Quantiles
        A of the paper; for the other statistics the distribution of the features.
    """
    if constants.statistic in SORTED:
        return quantiles_of(features, constants)
    if constants.statistic != "gram":
        return normal_of(features, weights)
    gram = gram_forward(shifted(features, constants), constants.target_gram_divisor, weights)
    return gram * features.dtype.type(float(constants.area))


def style_by_target(constants: StyleConstants, target: StyleTarget) -> StyleConstants:
    """Return a style term's numbers with the divisor that its target decides, where it does.

    Parameters
    ----------
    constants : StyleConstants
    target : (C, C) ndarray of float, or Normal or Quantiles
        See `style_target`; distributions but for their covariance have no divisor.
    """
    if isinstance(target, np.ndarray):
        return by_target(constants, lambda: sum_of_squares(target))
    if isinstance(target, Normal) and constants.statistic == "covariance":
        return by_target(constants, lambda: sum_of_squares(wanted_covariance(target, constants)))
    return constants


def styles_by_target(
    constants: Sequence[Mapping[str, StyleConstants]], targets: Sequence[Mapping[str, Any]]
) -> list[dict[str, StyleConstants]]:
    """Do what `style_by_target` does for each style, by layer."""
    return [
        {layer: style_by_target(one, asked[layer]) for layer, one in table.items()}
        for table, asked in zip(constants, targets, strict=True)
    ]


def shifted(features: Floats, constants: StyleConstants) -> Floats:
    """Add the recipe's shift, if there is one, to features of any shape."""
    return features + features.dtype.type(constants.shift) if constants.shift else features


def style_term(
    features: Floats,
    target: StyleTarget,
    constants: StyleConstants,
    weights: Floats | None = None,
) -> LossAndGradient:
    """Compare the Gram matrix of features, or what stands for it, with that of one style image.

    Parameters
    ----------
    features : (H, W, C) ndarray of float
        F of the paper.
    target : (C, C) ndarray of float, or Normal or Quantiles
        A of the paper; see `style_target`.
    constants : StyleConstants
        Weight and divisors.
    weights : (H, W) ndarray of float, optional
        How much each position counts; absent: all alike.

    Returns
    -------
    loss : float
    gradient : (H, W, C) ndarray of float
        With respect to `features`.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, arXiv:1508.06576, equations 3 to 6.
    """
    weight, divisor, by = constants.weight, constants.divisor, constants.gram_divisor
    if isinstance(target, Normal):
        loss, gradient = statistic_term(features, target, constants, weights)
    elif isinstance(target, Quantiles):
        loss, gradient = sliced_term(features, target)
    else:
        features = shifted(features, constants)
        gram = gram_forward(features, by, weights)
        loss = squared_error_forward(gram, target, divisor)
        grad_gram = squared_error_backward(1.0, gram, target, divisor)
        gradient = gram_backward(grad_gram, features, by, weights)
    if constants.l1_epsilon is not None:
        loss, gradient = l1_normalized(loss, gradient, constants.l1_epsilon)
    return weight * loss, gradient * gradient.dtype.type(weight)


def variation_term(x: Floats, variation: TotalVariation) -> LossAndGradient:
    """Penalize differences between neighboring pixels.

    Parameters
    ----------
    x : (H, W, 3) ndarray of float
        The picture, in units of the variable.
    variation : TotalVariation
        The recipe's table.

    Returns
    -------
    loss : float
        0 where the recipe reports only the gradient.
    gradient : (H, W, 3) ndarray of float
        With respect to `x`.
    """
    forward, backward = VARIATIONS[variation.kind]
    weight, options = variation.weight, variation.options
    loss, gradient = forward(x, **options), backward(weight, x, **options)
    return weight * loss if variation.reported else 0.0, gradient


@dataclass(frozen=True)
class VariationTerm:
    """Total variation as a term that any objective can be given: see `Objective.with_terms`.

    Parameters
    ----------
    variation : TotalVariation
        As in a recipe.
    name : str, optional
    """

    variation: TotalVariation
    name: str = TOTAL_VARIATION

    def evaluate(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Compute loss and gradient; see `variation_term`."""
        loss, gradient = variation_term(x, self.variation)
        return loss, np.asarray(gradient, np.float64)


def l1_normalized(loss: float, gradient: Floats, epsilon: float) -> LossAndGradient:
    """Divide a loss and its gradient by the sum of the gradient's absolute values.

    Parameters
    ----------
    loss : float
    gradient : ndarray of float
    epsilon : float
        Added to the divisor.

    Returns
    -------
    loss, gradient
        Divided; the divisor counts as a constant, although it depends on the picture, so the
        gradient is *not* that of the loss.  A gradient of zeros stays zero.

    References
    ----------
    .. [1] A. B. L. Larsen, andersbll/neural_artistic_style.
    """
    total = float(np.abs(gradient).sum(dtype=np.float64))
    factor = l1_factor(total, epsilon=epsilon)
    return loss * factor, gradient * gradient.dtype.type(factor)
