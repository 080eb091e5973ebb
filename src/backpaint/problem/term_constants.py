"""Weights, divisors and areas of the content and style terms: a recipe's words as numbers.

They follow from a problem's sizes before anything is computed.  Every engine takes them from here;
`check.recipe_twin` spells them out once more, to check them.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from .divisors import content_divisor, gram_divisor, style_divisor
from .feature_sizes import feature_sizes
from .problem import Problem
from .recipe import Style


@dataclass(frozen=True)
class ContentConstants:
    """The numbers of the content term at one layer: ``weight * SSE(F - P) / divisor``.

    Attributes
    ----------
    layer : str
    weight : float
        The term's times the layer's.
    divisor : float
    l1_epsilon : float or None
        Where the term is divided by ``l1_epsilon + sum |its gradient|``; see `l1_factor`.
    reported : {"objective", "half-norm"}
        As in `recipe.Content`.
    """

    layer: str
    weight: float
    divisor: float
    l1_epsilon: float | None = None
    reported: Literal["objective", "half-norm"] = "objective"


@dataclass(frozen=True)
class StyleConstants:
    """The numbers of the style term at one layer, for one style.

    The term is ``weight * SSE(G - A) / divisor`` with ``G = F^T F / gram_divisor`` and, for the
    features S of the style, ``A = area * S^T S / target_gram_divisor``; or another statistic.

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
    statistic : {"gram", "covariance", "mean-deviation", "wasserstein"}
    shift : float
        Added to F and to S.
    epsilon, epsilon_form, root_steps
        Of the last two statistics; see `recipe.Style`.
    positions, style_positions : int
        M and M_style.
    """

    layer: str
    style: int
    weight: float
    divisor: float
    gram_divisor: float
    target_gram_divisor: float
    area: Fraction = Fraction(1)
    l1_epsilon: float | None = None
    statistic: Literal["gram", "covariance", "mean-deviation", "wasserstein"] = "gram"
    shift: float = 0.0
    epsilon: float = 1e-4
    epsilon_form: Literal["share", "absolute"] = "share"
    root_steps: int | None = None
    positions: int = 1
    style_positions: int = 1


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
    constants = {}
    for layer, weight in table.items():
        c, m, m_style = channels[layer], painted[layer], own[layer]
        constants[layer] = StyleConstants(
            layer=layer,
            style=number,
            weight=style.weight * weight * share,
            divisor=style_divisor(
                style.divisor,
                channels=c,
                positions=m,
                style_positions=m_style,
                image_positions=math.prod(problem.shape),
            ),
            gram_divisor=gram_divisor(style.gram_divisor, channels=c, positions=m),
            target_gram_divisor=gram_divisor(style.gram_divisor, channels=c, positions=m_style),
            area=Fraction(m, m_style) if style.match_area else Fraction(1),
            l1_epsilon=style.l1_epsilon,
            statistic=style.statistic,
            shift=style.shift,
            epsilon=style.epsilon,
            epsilon_form=style.epsilon_form,
            root_steps=style.root_steps,
            positions=m,
            style_positions=m_style,
        )
    return constants


def _channels(problem: Problem) -> dict[str, int]:
    """Return C of each layer."""
    return {layer.name: layer.channels_out for layer in problem.layers}


def _positions(problem: Problem, shape: tuple[int, int]) -> dict[str, int]:
    """Return height * width of each layer's features for a picture of a given size."""
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    return {layer: math.prod(size) for layer, size in sizes.items()}
