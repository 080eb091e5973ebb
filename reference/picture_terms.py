"""The terms of a recipe that look at the picture alone, and at no layer of a network.

They are cheap beside a network, so the engine `cpu` takes them from here as well.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..problem.pixels import to_variable
from ..problem.problem import LAPLACIAN, RANGE, TOTAL_VARIATION, Problem
from ..problem.recipe import Affine, Laplacian, Range
from .arrays import Floats
from .content_laplacian import content_laplacian_backward, content_laplacian_forward
from .terms import LossAndGradient, variation_term
from .value_range import value_range_backward, value_range_forward


def picture_terms(problem: Problem) -> dict[str, Callable[[Floats], LossAndGradient]]:
    """Return a problem's terms that look at the picture alone, by name, in their order.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    dict of str to callable
        Each takes the picture (H, W, 3), in units of the variable, and returns its weighted loss
        and the gradient with respect to the picture.
    """
    recipe = problem.recipe
    terms: dict[str, Callable[[Floats], LossAndGradient]] = {}
    if recipe.total_variation is not None:
        terms[TOTAL_VARIATION] = partial(variation_term, variation=recipe.total_variation)
    if recipe.laplacian is not None and problem.content is not None:
        content = to_variable(problem.content, recipe.variable)
        terms[LAPLACIAN] = partial(laplacian_term, content=content, laplacian=recipe.laplacian)
    if recipe.range is not None:
        terms[RANGE] = partial(range_term, variable=recipe.variable, limits=recipe.range)
    return terms


def laplacian_term(x: Floats, content: Floats, laplacian: Laplacian) -> LossAndGradient:
    """Compare the edges of the painting with those of the content.

    Parameters
    ----------
    x, content : (H, W, 3) ndarray of float
        Both in units of the variable.
    laplacian : Laplacian
        The recipe's table.

    Returns
    -------
    loss : float
    gradient : (H, W, 3) ndarray of float
        With respect to `x`.
    """
    content, loss, gradient = content.astype(x.dtype), 0.0, np.zeros_like(x)
    for pool in laplacian.pools:
        loss += laplacian.weight * content_laplacian_forward(x, content, pool)
        gradient += content_laplacian_backward(laplacian.weight, x, content, pool)
    return loss, gradient


def range_term(x: Floats, variable: Affine, limits: Range) -> LossAndGradient:
    """Penalize values far from gray.

    Parameters
    ----------
    x : (H, W, 3) ndarray of float
        The picture, in units of the variable.
    variable : Affine
        What black and white are in it.
    limits : Range
        The recipe's table.

    Returns
    -------
    loss : float
    gradient : (H, W, 3) ndarray of float
        With respect to `x`.
    """
    black, white = (to_variable(np.full(3, level), variable) for level in (0.0, 255.0))
    middle, half = (white + black) / 2, (white - black) / 2
    form = tuple(middle.tolist()), tuple(half.tolist()), limits.power
    loss = value_range_forward(x, *form)
    return limits.weight * loss, value_range_backward(limits.weight, x, *form)
