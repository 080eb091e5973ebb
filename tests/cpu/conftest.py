"""Problems on real weights, small enough for float64 references."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from backpaint.presets import load_preset
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.weights import VGGWeights, load_weights

MakeProblem = Callable[..., Problem]


@cache
def network(name: str) -> VGGWeights:
    return load_weights(name)


def picture(height: int, width: int, seed: int) -> np.ndarray:
    """A picture with large and small structure, R, G, B from 0 to 255."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width][..., np.newaxis] / 7.0
    waves = np.sin(rows * rng.uniform(0.3, 2, 3) + columns * rng.uniform(0.3, 2, 3))
    return np.clip(128 + 90 * waves + rng.normal(0, 25, (height, width, 3)), 0, 255)


@pytest.fixture(scope="session")
def make_problem() -> MakeProblem:
    def make(
        preset: str | Recipe,
        shape: tuple[int, int],
        styles: tuple[tuple[int, int], ...] = ((29, 35),),
        shares: tuple[float, ...] | None = None,
    ) -> Problem:
        recipe = load_preset(preset) if isinstance(preset, str) else preset
        if recipe.style is None:
            styles, shares = (), ()
        return Problem(
            recipe=recipe,
            weights=network(recipe.weights),
            content=picture(*shape, seed=1) if recipe.content else None,
            styles=tuple(picture(*size, seed=2 + i) for i, size in enumerate(styles)),
            style_shares=(1 / len(styles),) * len(styles) if shares is None else shares,
            shape=shape,
        )

    return make
