"""Every engine on one small problem: real filters, the first layers alone, 12 pixels."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import cache

import numpy as np
import pytest

from backpaint.cpu import CPUObjective
from backpaint.engine.objective import Evaluation, Objective
from backpaint.gpu import GPUObjective
from backpaint.gpu.device.device import emulate
from backpaint.presets import load_preset, with_changes
from backpaint.problem.pixels import to_variable
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.reference.objective import ReferenceObjective
from backpaint.vgg_weights import VGGWeights
from backpaint.weights import load_weights

from ..tolerances import assert_close

SHAPE, STYLE_SHAPES = (12, 9), ((10, 11), (8, 13))

Build = Callable[[Problem], Objective]
BUILDERS: dict[str, Build] = {
    "reference": ReferenceObjective,
    "cpu": lambda problem: CPUObjective(problem, threads=2, exact=True),
    "cpu winograd": lambda problem: CPUObjective(problem, threads=2),
    "gpu": lambda problem: GPUObjective(problem, dtype=np.float64),
    "gpu fast": lambda problem: GPUObjective(problem, "fast"),
}
TOLERANCE = {"reference": 1e-12, "cpu": 1e-5, "gpu": 1e-10}
"""Of losses and gradients against the reference in float64."""


@pytest.fixture(params=["reference", "cpu", "gpu"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give an engine's name; those on a GPU run on the emulated one."""
    name = request.param
    if name.startswith("gpu") and shutil.which("g++") is None:
        pytest.skip("the emulated GPU needs g++")
    with emulate(schedule=1) if name.startswith("gpu") else nullcontext():
        yield name


@cache
def network(name: str) -> VGGWeights:
    return load_weights(name)


def noise(shape: tuple[int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (*shape, 3))


def recipe_of(preset: str = "gatys", **changes: object) -> Recipe:
    """A preset with the first layers alone."""
    shallow = {
        "style.layers": {"relu1_1": 0.5, "relu2_1": 0.7},
        "content.layers": {"relu1_2": 1.0},
    }
    return with_changes(load_preset(preset), shallow | changes)


def problem_of(recipe: Recipe, shares: tuple[float, ...] = (1.0,), **tables: object) -> Problem:
    """Make a problem of noise, with one style for each share."""
    styles = [noise(shape, 2 + i) for i, shape in enumerate(STYLE_SHAPES[: len(shares)])]
    return Problem(
        recipe=recipe,
        weights=network(recipe.weights),
        content=noise(SHAPE, 1) if recipe.content else None,
        styles=tuple(styles) if recipe.style else (),
        style_shares=shares if recipe.style else (),
        shape=SHAPE,
        **tables,
    )


def start(problem: Problem, seed: int = 7) -> np.ndarray:
    return to_variable(noise(problem.shape, seed), problem.recipe.variable)


def assert_same_bits(actual: Evaluation, expected: Evaluation) -> None:
    assert actual.terms == expected.terms
    assert list(actual.terms) == list(expected.terms)
    assert actual.loss == expected.loss
    assert np.array_equal(actual.gradient, expected.gradient)


def assert_agree(actual: Evaluation, expected: Evaluation, tolerance: float) -> None:
    assert list(actual.terms) == list(expected.terms)
    for name, loss in expected.terms.items():
        assert_close(name, actual.terms[name], loss, tolerance)
    assert actual.loss == sum(actual.terms.values())
    assert_close("gradient", actual.gradient, expected.gradient, tolerance)
