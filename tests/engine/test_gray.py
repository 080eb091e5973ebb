"""Painting light and dark alone: an exact projection around every engine's objective."""

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.errors import UsageError
from backpaint.painting.run import run
from backpaint.problem.pixels import to_pixels
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import LBFGS, Adam, Affine, Color, Initial, TotalVariation
from backpaint.reference.terms import VariationTerm

from ..problems import pixels, start
from ..tolerances import DIRECTIONAL_DERIVATIVE, STEP, assert_close
from .seams import BUILDERS, SHAPE, problem_of, recipe_of
from .seams import engine as engine

VARIABLE = Affine(scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
"""Unequal in the channels, so that equal steps leave gray."""


def gray_problem(**others):
    return problem_of(replace(recipe_of(), variable=VARIABLE, color=Color(luma=True), **others))


def chroma(objective, x):
    """The greatest difference between two channels, in levels."""
    levels = to_pixels(x.reshape(objective.shape), VARIABLE)
    return float(np.ptp(levels, axis=-1).max())


def test_loss_and_gradient_are_those_of_the_nearest_gray_picture(engine):
    problem = gray_problem()
    gray = BUILDERS[engine](problem)
    plain = BUILDERS[engine](problem_of(replace(problem.recipe, color=Color())))
    x = start(problem)
    a = 1 / (255 * np.array(VARIABLE.std))
    b = -np.array(VARIABLE.mean) / VARIABLE.std
    nearest = b + np.einsum("hwd,d,c->hwc", x - b, a, a) / (a @ a)
    whole = plain.evaluate(nearest)
    evaluation = gray.evaluate(x)
    assert evaluation.loss == pytest.approx(whole.loss, rel=1e-6)
    expected = np.einsum("hwd,d,c->hwc", whole.gradient, a, a) / (a @ a)
    size = np.abs(expected).max()
    np.testing.assert_allclose(evaluation.gradient, expected, atol=1e-4 * size)
    assert np.abs(whole.gradient - expected).max() > 1e-2 * size


def test_directional_derivative_also_of_added_terms():
    variation = VariationTerm(TotalVariation(weight=30.0, kind="squared"))
    objective = BUILDERS["reference"](gray_problem()).with_terms(variation)
    x = start(objective.problem)
    v = np.random.default_rng(3).uniform(-1, 1, x.shape)  # leaves gray, as some optimizers do
    step = STEP / 100
    slope = (objective.evaluate(x + step * v).loss - objective.evaluate(x - step * v).loss) / (
        2 * step
    )
    assert_close(
        "slope", slope, np.sum(objective.evaluate(x).gradient * v), 10 * DIRECTIONAL_DERIVATIVE
    )


@pytest.mark.parametrize("noise", ["uniform", "normal", "pink"])
def test_every_start_is_gray_and_noise_keeps_its_contrast(noise):
    initial = Initial(start="noise", noise=noise, content_share=0.25)
    objective = BUILDERS["reference"](gray_problem(initial=initial))
    colorful = BUILDERS["reference"](problem_of(replace(objective.problem.recipe, color=Color())))
    x = objective.initial(5)
    assert chroma(objective, x) < 1e-9
    assert 0.8 < x.std() / colorful.initial(5).std() < 1.25
    assert not np.array_equal(x, objective.initial(6))


@pytest.mark.parametrize(
    "optimizer", [Adam(iterations=20, rate=0.05), LBFGS(iterations=20, clip="pixels"), None]
)
def test_twenty_steps_end_at_a_gray_picture(optimizer):
    recipe = gray_problem().recipe
    optimizer = optimizer or replace(recipe.optimizer, iterations=20, bounds="pixels")
    problem = gray_problem(optimizer=optimizer, initial=Initial(start="noise"))
    objective = BUILDERS["cpu"](problem)
    result = run(objective, objective.initial())
    assert result.history[-1].loss < 0.6 * result.history[0].loss
    image = objective.to_image(result.x)
    assert np.ptp(image.astype(int), axis=-1).max() == 0
    if not isinstance(optimizer, Adam):  # its steps have one length in all channels
        assert chroma(objective, result.x) < 1e-6


def test_no_optimizer_runs_on_a_device(engine):
    objective = BUILDERS[engine](gray_problem(optimizer=Adam(iterations=2, rate=1.0)))
    assert objective.descent() is None
    with pytest.raises(UsageError, match="gray pictures, which no optimizer on a device does"):
        run(objective, objective.initial(), optimizer_on="device")


def test_another_content_is_shown_gray():
    objective = BUILDERS["reference"](gray_problem())
    colorful = pixels(*SHAPE, 8)
    other = objective.with_content(colorful).problem
    assert isinstance(other, Problem)
    assert np.ptp(other.content, axis=-1).max() == 0
    assert other.colors is colorful or np.array_equal(other.colors, colorful)
