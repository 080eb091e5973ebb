"""Problems of a few pixels, for every preset."""

from typing import Any

import numpy as np

from backpaint.presets import load_preset
from backpaint.problem.pixels import to_variable
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.vgg_weights import VGGWeights

from .thin import thin_weights

SHAPE = (21, 17)
STYLE_SHAPES = ((19, 22), (16, 16))


def pixels(height: int, width: int, seed: int) -> Any:
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3))


def small_problem(
    recipe: Recipe, weights: VGGWeights | None = None, shares: tuple[float, ...] = (0.7, 0.3)
) -> Problem:
    """Make a problem of noise, with one style for each share and nothing of the same size."""
    styles = tuple(
        pixels(*shape, seed) for seed, shape in enumerate(STYLE_SHAPES[: len(shares)], start=1)
    )
    return Problem(
        recipe=recipe,
        weights=weights or thin_weights(16 if recipe.weights == "vgg16" else 19),
        content=pixels(*SHAPE, seed=0) if recipe.content else None,
        styles=styles if recipe.style else (),
        style_shares=shares if recipe.style else (),
        shape=SHAPE,
    )


def preset_problem(name: str, weights: VGGWeights | None = None) -> Problem:
    return small_problem(load_preset(name), weights, shares=(1.0,))


def variable(problem: Problem) -> Any:
    """Draw a picture that is neither the content nor a style, in units of the variable."""
    return to_variable(pixels(*problem.shape, seed=9), problem.recipe.variable)
