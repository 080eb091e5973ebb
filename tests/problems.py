"""Problems of a few pixels, for every test that computes a whole objective."""

from typing import Any

import numpy as np

from backpaint.engine.objective import Evaluation
from backpaint.presets import load_preset, with_changes
from backpaint.problem.pixels import to_variable
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.reference.objective import ReferenceObjective
from backpaint.weights import VGGWeights, load_weights

SHAPE, STYLE_SHAPES = (19, 16), ((16, 17),)
"""The least that every preset's deepest layer sees something of, and no two sides alike."""

EVERYTHING = {
    "variable": {"scale": 0.5, "mean": (60.0, 50.0, 40.0), "std": (2.0, 1.0, 0.5)},
    "network": {"pool": "max", "edge": "ceil"},
    "content": {
        "weight": 5.0,
        "divisor": "2",
        "layers": {"relu1_2": 1.0, "conv2_2": 0.5, "pool2": 1.0},
    },
    "style": {
        "weight": 3.0,
        "gram_divisor": "M",
        "divisor": "4 C^2",
        "match_area": True,
        "layers": {"conv1_1": 200.0, "relu1_2": 3.0, "pool1": 1.0, "conv2_2": 0.1, "relu2_2": 0.4},
    },
    "total_variation": {"weight": 500.0, "kind": "squared"},
}


def everything(**changes: Any) -> Recipe:
    """Make a recipe of all terms, with layers of every kind, some in two terms, in two blocks."""
    return with_changes(load_preset("gatys"), EVERYTHING | changes)


def one_block(**changes: Any) -> Recipe:
    """Make a recipe of all terms that sees the first block alone."""
    content, style = {"relu1_2": 1.0}, {"conv1_1": 200.0, "relu1_2": 3.0, "pool1": 1.0}
    return everything(
        **{
            "content": EVERYTHING["content"] | {"layers": content},
            "style": EVERYTHING["style"] | {"layers": style},
        }
        | changes
    )


def shallow(recipe: Recipe) -> Recipe:
    """Move a recipe's content layers into the first two blocks, and keep the style's there."""
    changes: dict[str, Any] = {}
    for name in recipe.content.layers if recipe.content else ():
        changes |= {f"content.layers.{name}": None, f"content.layers.{name[:4]}2_2": 1.0}
    for name in recipe.style.layers if recipe.style else ():
        if name[4] > "2":
            changes[f"style.layers.{name}"] = None
    return with_changes(recipe, changes)


def pixels(height: int, width: int, seed: int) -> np.ndarray:
    """Draw R, G, B from 0 to 255."""
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3))


def make_problem(
    recipe: str | Recipe,
    shape: tuple[int, int] = SHAPE,
    styles: tuple[tuple[int, int], ...] = STYLE_SHAPES,
    shares: tuple[float, ...] | None = None,
    weights: VGGWeights | None = None,
    **tables: Any,
) -> Problem:
    """Make a problem of noise; shares absent: all alike; weights absent: the recipe's."""
    recipe = load_preset(recipe) if isinstance(recipe, str) else recipe
    if recipe.style is None:
        styles, shares = (), ()
    return Problem(
        recipe=recipe,
        weights=load_weights(recipe.weights) if weights is None else weights,
        content=pixels(*shape, seed=1) if recipe.content else None,
        styles=tuple(pixels(*size, seed=2 + number) for number, size in enumerate(styles)),
        style_shares=(1 / len(styles),) * len(styles) if shares is None else shares,
        shape=shape,
        **tables,
    )


def start(problem: Problem, seed: int = 7) -> np.ndarray:
    """Draw a picture that is neither the content nor a style, in units of the variable."""
    return to_variable(pixels(*problem.shape, seed), problem.recipe.variable)


def expected(problem: Problem) -> Evaluation:
    """Evaluate the reference in float64 at `start`."""
    return ReferenceObjective(problem).evaluate(start(problem))
