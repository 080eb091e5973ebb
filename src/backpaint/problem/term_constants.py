"""Weights, divisors and areas of the content and style terms: a recipe's words as numbers.

They follow from a problem's sizes before anything is computed.  Every engine takes them from here;
`check.recipe_twin` spells them out once more, to check them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeVar

import numpy as np

from .divisors import RELATIVE, content_divisor, gram_divisor, style_divisor
from .feature_sizes import feature_sizes
from .problem import Problem
from .recipe import Recipe, Statistic, Style


@dataclass(frozen=True)
class ContentConstants:
    """The numbers of the content term at one layer: ``weight * SSE(F - P) / divisor``.

    Where the problem has a mask for it, squares count by `Problem.content_weights`.

    Attributes
    ----------
    layer : str
    weight : float
        The term's times the layer's.
    divisor : float
        Where the term is relative, that of `by_target`.
    l1_epsilon : float or None
        Where the term is divided by ``l1_epsilon + sum |its gradient|``; see `l1_factor`.
    reported : {"objective", "half-norm"}
        As in `recipe.Content`.
    is_relative : bool
        Whether the divisor is the sum of squares of the content's features.
    """

    layer: str
    weight: float
    divisor: float
    l1_epsilon: float | None = None
    reported: Literal["objective", "half-norm"] = "objective"
    is_relative: bool = False


@dataclass(frozen=True)
class StyleConstants:
    """The numbers of the style term at one layer, for one style.

    The term is ``weight * SSE(G - A) / divisor`` with ``G = F^T F / gram_divisor`` and, for the
    features S of the style, ``A = area * S^T S / target_gram_divisor``; or another statistic.
    In a region, positions count by `Problem.style_regions`, and these numbers are the region's.

    Attributes
    ----------
    layer : str
    style : int
        Which of the styles: 0, 1, 2, ...
    weight : float
        The term's times the layer's times the style's share.
    divisor, gram_divisor, target_gram_divisor : float
    area : Fraction
        M / M_style where the recipe scales the style's matrix to the painting's area, or 1; exact,
        so that its inverse can be had without a second rounding.
    l1_epsilon : float or None
        As in `ContentConstants`.
    statistic : {"gram", "covariance", "mean-deviation", "wasserstein", "sliced", "histogram"}
    shift : float
        Added to F and to S.
    directions : int
        Of ``sliced``.
    positions, style_positions : float
        M and M_style; in a region the sums of its weights.
    epsilon, epsilon_form, root_steps, root_backward
        Of ``mean-deviation`` and ``wasserstein``; see `recipe.Style`.
    is_relative : bool
        Whether `divisor` is the sum of squares of the style's matrix; see `by_target`.
    """

    layer: str
    style: int
    weight: float
    divisor: float
    gram_divisor: float
    target_gram_divisor: float
    area: Fraction = Fraction(1)
    l1_epsilon: float | None = None
    statistic: Statistic = "gram"
    shift: float = 0.0
    epsilon: float = 1e-4
    directions: int = 32
    positions: float = 1
    style_positions: float = 1
    epsilon_form: Literal["share", "absolute"] = "share"
    root_steps: int | None = None
    root_backward: Literal["steps", "equation"] = "steps"
    is_relative: bool = False


Constants = TypeVar("Constants", ContentConstants, StyleConstants)


def by_target(constants: Constants, squares: Callable[[], float]) -> Constants:
    """Return a term's numbers with the divisor that its target decides, where it decides it.

    Parameters
    ----------
    constants : ContentConstants or StyleConstants
    squares : callable
        Computes the sum of squares of what the term compares with.

    Notes
    -----
    A target of zeros has no parts that could be missed: there the divisor is 1.

    Examples
    --------
    >>> of_part = ContentConstants("relu1_1", weight=2.0, divisor=1.0, is_relative=True)
    >>> by_target(of_part, lambda: 12.0).divisor, by_target(of_part, lambda: 0.0).divisor
    (12.0, 1.0)
    """
    return replace(constants, divisor=squares() or 1.0) if constants.is_relative else constants


def content_constants(problem: Problem) -> dict[str, ContentConstants]:
    """Return the numbers of a problem's content term, by layer; none without the term."""
    content = problem.recipe.content
    if content is None:
        return {}
    channels, positions = _channels(problem), _positions(problem, problem.shape)
    return {
        layer: ContentConstants(
            layer=layer,
            weight=content.weight * weight,
            divisor=content_divisor(
                content.divisor, channels=channels[layer], positions=positions[layer]
            ),
            l1_epsilon=content.l1_epsilon,
            reported=content.reported,
            is_relative=content.divisor in RELATIVE,
        )
        for layer, weight in problem.content_layers.items()
    }


def style_constants(problem: Problem) -> list[dict[str, StyleConstants]]:
    """Return the numbers of a problem's style term: for each style, by layer."""
    style = problem.recipe.style
    if style is None:
        return [{} for _ in problem.styles]
    return [
        _constants_of_style(problem, style, number, table)
        for number, table in enumerate(problem.layers_of_styles)
    ]


def pull_of_styles(problem: Problem) -> float:
    """Compute by what all shares are multiplied, so that masks do not weaken the styles.

    Returns
    -------
    float
        Where shares are of area, the factor with which the styles pull as hard, in the mean over
        the places where any of them counts, as they would without masks: 1 over its share for
        styles that divide the picture evenly among them.  1 otherwise.
    """
    masks, regions = problem.recipe.masks, problem.regions
    if regions is None or not regions.painted or masks.strength == "equal":
        return 1.0
    ones = np.ones(problem.shape)
    weights = [ones if mask is None else mask**masks.power for mask in regions.painted]
    # whatever layers a style has: terms one by one are to add up
    counting = [pair for pair in zip(problem.style_shares, weights, strict=True) if pair[0]]
    covered = np.minimum(sum(w for _, w in counting), 1.0).mean()
    pull = sum(share * w.mean() for share, w in counting)
    return float(covered / pull) if pull else 1.0


def l1_factor(total: float, epsilon: float | None) -> float:
    """Compute by what a term is multiplied that is divided by the size of its gradient.

    Parameters
    ----------
    total : float
        The sum of the gradient's absolute values.
    epsilon : float or None
        Added to it; None where the term is not divided.

    Examples
    --------
    >>> l1_factor(3.0, 1.0), l1_factor(0.0, 0.0), l1_factor(3.0, None)
    (0.25, 0.0, 1.0)
    """
    if epsilon is None:
        return 1.0
    divisor = total + epsilon
    return 1.0 / divisor if divisor > 0 else 0.0


def _constants_of_style(
    problem: Problem, style: Style, number: int, table: dict[str, float]
) -> dict[str, StyleConstants]:
    """Compute the numbers of one style, by layer."""
    height, width, _ = problem.styles[number].shape
    channels, painted = _channels(problem), _positions(problem, problem.shape)
    own, share = _positions(problem, (height, width)), problem.style_shares[number]
    pull, constants = pull_of_styles(problem), {}
    for layer, weight in table.items():
        c, m, m_style = channels[layer], painted[layer], own[layer]
        here, there = _region_sizes(problem, number, layer)
        constants[layer] = StyleConstants(
            layer=layer,
            style=number,
            weight=style.weight * weight * share * (pull * _strength(problem.recipe, m, here)),
            divisor=style_divisor(
                style.divisor,
                channels=c,
                positions=m,
                style_positions=m_style,
                image_positions=math.prod(problem.shape),
            ),
            gram_divisor=_gram_divisor(problem.recipe, style, c, m, here),
            target_gram_divisor=_gram_divisor(problem.recipe, style, c, m_style, there),
            area=Fraction(m, m_style) if style.match_area else Fraction(1),
            l1_epsilon=style.l1_epsilon,
            statistic=style.statistic,
            shift=style.shift,
            epsilon=style.epsilon,
            positions=m if here is None else here,
            style_positions=m_style if there is None else there,
            directions=style.directions,
            epsilon_form=style.epsilon_form,
            root_steps=style.root_steps,
            root_backward=style.root_backward,
            is_relative=style.divisor in RELATIVE,
        )
    return constants


def _region_sizes(problem: Problem, number: int, layer: str) -> tuple[float | None, float | None]:
    """Return the sums of a region's weights, in the painting and in the style; None: no region."""
    if problem.regions is None:
        return None, None
    region = problem.style_regions[number]
    weights = region.painted_at(layer), region.shown_at(layer)
    here, there = (None if one is None else float(one.sum()) for one in weights)
    return here, there


def _strength(recipe: Recipe, positions: int, part: float | None) -> float:
    """Return how much a region's loss counts beside that of a whole picture."""
    return 1.0 if part is None or recipe.masks.strength == "equal" else part / positions


def _gram_divisor(
    recipe: Recipe, style: Style, channels: int, positions: int, part: float | None
) -> float:
    """Divide a region's sums, unless the recipe does not want it, as if it filled its picture."""
    divisor = gram_divisor(style.gram_divisor, channels=channels, positions=positions)
    if part is None or not recipe.masks.normalized:
        return divisor
    return divisor * (part / positions)


def _channels(problem: Problem) -> dict[str, int]:
    """Return C of each layer."""
    return {layer.name: layer.channels_out for layer in problem.layers}


def _positions(problem: Problem, shape: tuple[int, int]) -> dict[str, int]:
    """Return height * width of each layer's features for a picture of a given size."""
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    return {layer: math.prod(size) for layer, size in sizes.items()}
