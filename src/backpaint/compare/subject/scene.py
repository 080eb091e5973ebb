"""The scene that is computed: the built-in cat in the style of the built-in swirls, at any size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...check.presets import consistent
from ...examples import example_path
from ...images import read_image, resize
from ...painting.prepare import require_sizes
from ...presets import load_preset
from ...problem.pixels import Pixels, to_variable
from ...problem.problem import Problem
from ...problem.recipe import Recipe
from ...weights import load_weights

Size = tuple[int, int]
"""Height and width."""


def make_problem(recipe: Recipe, size: Size) -> Problem:
    """Make a recipe's problem with content and style of exactly the same size.

    Parameters
    ----------
    recipe : Recipe
    size : (int, int)
        Height and width.

    Raises
    ------
    UsageError
        If the size is too small for the recipe's layers.
    """
    return _problem(recipe, size, example)


def blank_problem(recipe: Recipe, size: Size) -> Problem:
    """Make the same without its pictures: black ones in their place, which take no memory.

    Parameters
    ----------
    recipe : Recipe
    size : (int, int)
        Height and width.

    Raises
    ------
    UsageError
        If the size is too small for the recipe's layers, or larger than what can be painted.
    """
    require_sizes(size, (), ())
    return _problem(recipe, size, lambda _, size: np.broadcast_to(0.0, (*size, 3)))


def _problem(recipe: Recipe, size: Size, picture: Callable[[str, Size], Pixels]) -> Problem:
    return Problem(
        recipe=recipe,
        weights=load_weights(recipe.weights),
        content=picture("cat", size) if recipe.content else None,
        styles=(picture("swirls", size),) if recipe.style else (),
        style_shares=(1.0,) if recipe.style else (),
        shape=size,
    )


def compared_recipe(preset: str) -> Recipe:
    """Load a preset whose reported loss is the function that it differentiates.

    Autograd differentiates what is reported; where a preset reproduces a system in which the two
    disagree, it is made consistent.
    """
    recipe = load_preset(preset)
    return recipe if recipe.is_consistent else consistent(recipe)


def example(name: str, size: Size) -> Pixels:
    """Resize a built-in picture: (height, width, 3), R, G, B from 0 to 255."""
    return np.clip(resize(read_image(example_path(name)).pixels, *size), 0, 255)


def start(problem: Problem) -> NDArray[np.float64]:
    """Mix half content, half noise: a flat variable at which all terms count, and none is zero."""
    noise = np.random.default_rng(0).uniform(0, 255, (*problem.shape, 3))
    content = example("cat", problem.shape) if problem.content is None else problem.content
    return to_variable((content + noise) / 2, problem.recipe.variable).ravel()


def flops(problem: Problem) -> float:
    """Count the operations of all convolutions, forward and back, computed directly."""
    height, width = problem.shape
    total = 0.0
    for layer in problem.layers:
        if layer.kind == "conv":
            pixels = (height // layer.stride) * (width // layer.stride)
            total += 2 * 2 * 9 * layer.channels_in * layer.channels_out * pixels
    return total


def size_name(size: Size) -> str:
    """Write a size as people do: width x height.

    Examples
    --------
    >>> size_name((512, 768))
    '768 x 512'
    """
    return f"{size[1]} x {size[0]}"
