"""Problems on real weights, so small that the emulated device computes them in a second."""

from functools import cache

import numpy as np
from msgspec.structs import replace

from backpaint.engine.objective import Evaluation
from backpaint.presets import load_preset
from backpaint.problem.pixels import to_variable
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.reference.objective import ReferenceObjective
from backpaint.weights import VGGWeights, load_weights

SHAPE, STYLE_SHAPE = (19, 16), (16, 17)


@cache
def network(name: str) -> VGGWeights:
    return load_weights(name)


def noise(shape: tuple[int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (*shape, 3))


def make_problem(
    recipe: str | Recipe,
    shape: tuple[int, int] = SHAPE,
    styles: tuple[tuple[int, int], ...] = (STYLE_SHAPE,),
    shares: tuple[float, ...] = (1.0,),
) -> Problem:
    recipe = load_preset(recipe) if isinstance(recipe, str) else recipe
    if recipe.style is None:
        styles, shares = (), ()
    return Problem(
        recipe=recipe,
        weights=network(recipe.weights),
        content=noise(shape, 1) if recipe.content else None,
        styles=tuple(noise(size, 2 + number) for number, size in enumerate(styles)),
        style_shares=shares,
        shape=shape,
    )


def shallow(**options: object) -> Recipe:
    """The preset gatys with taps of every kind in the first two blocks."""
    recipe = load_preset("gatys")
    layers = {"conv1_1": 0.2, "relu1_2": 0.3, "pool1": 0.2, "conv2_2": 0.1, "relu2_2": 0.4}
    content = {"pool2": 1.0, "conv2_2": 0.5, "relu1_2": 0.1}
    return replace(
        recipe,
        network=replace(recipe.network, **options),
        content=replace(recipe.content, layers=content),
        style=replace(recipe.style, layers={**layers, "pool2": 0.1}, match_area=True),
    )


def start(problem: Problem, seed: int = 7) -> np.ndarray:
    return to_variable(noise(problem.shape, seed), problem.recipe.variable)


def expected(problem: Problem) -> Evaluation:
    return ReferenceObjective(problem).evaluate(start(problem))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))
