"""The problem that the GPU's benchmarks measure: the preset `gatys` on the built-in pictures."""

import numpy as np
from msgspec.structs import replace

from backpaint.examples import example_path
from backpaint.images import read_image, resize
from backpaint.presets import load_preset
from backpaint.problem.problem import Problem
from backpaint.weights import load_weights


def make_problem(size: int, *, shallow: bool = False) -> Problem:
    """Paint the built-in cat, `size` x `size`, in the style of the built-in swirls.

    With `shallow`, for a rehearsal, the losses look at the first two blocks alone.
    """
    content, style = (
        np.clip(resize(read_image(example_path(name)).pixels, size, size), 0, 255)
        for name in ("cat", "swirls")
    )
    recipe = load_preset("gatys")
    if shallow:
        of_style = replace(recipe.style, layers={"relu1_1": 0.5, "relu2_1": 0.5})
        of_content = replace(recipe.content, layers={"relu2_1": 1.0})
        recipe = replace(recipe, style=of_style, content=of_content)
    weights = load_weights(recipe.weights)
    return Problem(recipe, weights, content, (style,), (1.0,), (size, size))


def start(problem: Problem) -> np.ndarray:
    """Half content, half noise: a flat picture at which all terms count, and nothing is zero."""
    noise = np.random.default_rng(0).uniform(0, 255, (*problem.shape, 3))
    return (problem.content + noise).ravel() / 2


def flops(problem: Problem) -> float:
    """Count the operations of all convolutions, forward and back, computed directly."""
    height, width = problem.shape
    total = 0.0
    for layer in problem.layers:
        if layer.kind == "conv":
            pixels = (height // layer.stride) * (width // layer.stride)
            total += 2 * 2 * 9 * layer.channels_in * layer.channels_out * pixels
    return total
