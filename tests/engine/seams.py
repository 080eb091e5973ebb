"""Every engine on one small problem: real filters, the first layers alone, 12 pixels."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import numpy as np
import pytest

from backpaint.cpu import CPUObjective
from backpaint.engine.objective import Evaluation, Objective
from backpaint.gpu import GPUObjective
from backpaint.gpu.device.device import emulate
from backpaint.presets import load_preset, with_changes
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.reference.objective import ReferenceObjective

from ..problems import make_problem
from ..tolerances import DOUBLE, SINGLE, Closeness

SHAPE, STYLE_SHAPES = (12, 9), ((10, 11), (8, 13))

Build = Callable[[Problem], Objective]
BUILDERS: dict[str, Build] = {
    "reference": ReferenceObjective,
    "cpu": lambda problem: CPUObjective(problem, threads=2, exact=True),
    "cpu winograd": lambda problem: CPUObjective(problem, threads=2),
    "gpu": lambda problem: GPUObjective(problem, dtype=np.float64),
    "gpu fast": lambda problem: GPUObjective(problem, "fast"),
}
TOLERANCE = {"reference": Closeness(1e-12, 1e-12), "cpu": SINGLE, "gpu": DOUBLE}
"""Of losses and gradients against the reference in float64."""


@pytest.fixture(params=["reference", "cpu", "gpu"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give an engine's name; those on a GPU run on the emulated one."""
    name = request.param
    if name.startswith("gpu") and shutil.which("g++") is None:
        pytest.skip("the emulated GPU needs g++")
    with emulate(schedule=1) if name.startswith("gpu") else nullcontext():
        yield name


def recipe_of(preset: str = "gatys", **changes: object) -> Recipe:
    """A preset with the first layers alone."""
    shallow = {
        "style.layers": {"relu1_1": 0.5, "relu2_1": 0.7},
        "content.layers": {"relu1_2": 1.0},
    }
    return with_changes(load_preset(preset), shallow | changes)


def problem_of(recipe: Recipe, shares: tuple[float, ...] = (1.0,), **tables: object) -> Problem:
    """Make a problem with one style for each share."""
    return make_problem(recipe, SHAPE, STYLE_SHAPES[: len(shares)], shares, **tables)


def assert_same_bits(actual: Evaluation, expected: Evaluation) -> None:
    assert actual.terms == expected.terms
    assert list(actual.terms) == list(expected.terms)
    assert actual.loss == expected.loss
    assert np.array_equal(actual.gradient, expected.gradient)
