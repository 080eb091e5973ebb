"""Other statistics of style than the Gram matrix: every engine that has them, on whole problems."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.check.recipe_twin import recipe_gradient
from backpaint.cpu import CPUObjective
from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.painting.run import run
from backpaint.presets import load_preset, with_changes
from backpaint.reference.objective import ReferenceObjective

from ..problems import pixels, start
from ..tolerances import SINGLE, STEP, WHOLE_GRADIENT, assert_agree, assert_close
from .seams import assert_same_bits, problem_of, recipe_of

SMOOTH = {"style.epsilon": 0.1}
"""So much that the smallest eigenvalues do not drown in rounding."""
STATISTICS = {
    "covariance": {"style.statistic": "covariance", "style.match_area": True},
    "covariance by positions": {"style.statistic": "covariance", "style.gram_divisor": "M"},
    "covariance, its part": {"style.statistic": "covariance", "style.divisor": "|A|^2"},
    "covariance over C M": {"style.statistic": "covariance", "style.gram_divisor": "C M"},
    "mean-deviation": {"style.statistic": "mean-deviation"} | SMOOTH,
    "wasserstein": {"style.statistic": "wasserstein"} | SMOOTH,
    "shift": {"style.shift": -1.0, "style.match_area": True, "style.divisor": "|A|^2"},
    "sliced": {"style.statistic": "sliced", "style.directions": 7},
    "histogram": {"style.statistic": "histogram"},
}
each = pytest.mark.parametrize("changes", STATISTICS.values(), ids=STATISTICS)


def two_styles(changes, **others):
    return problem_of(recipe_of(**changes, **others), (0.7, 0.3))


@each
def test_autograd_agrees(changes):
    pytest.importorskip("torch", reason="PyTorch is the judge: pip install '.[crosscheck]'")
    from backpaint.check.libraries.torch import Torch

    problem = two_styles(changes)
    x = start(problem)
    loss, gradient = recipe_gradient(Torch(), problem, x)
    found = ReferenceObjective(problem).evaluate(x)
    assert_close("loss", found.loss, loss, WHOLE_GRADIENT["float64"])
    assert_close("gradient", found.gradient, gradient, 10 * WHOLE_GRADIENT["float64"])


@each
def test_directional_derivative(changes):
    objective = ReferenceObjective(two_styles(changes, content=None))
    x = start(objective.problem)
    gradient = objective.evaluate(x).gradient
    v = np.copysign(np.random.default_rng(3).uniform(0.5, 1, x.shape), gradient)
    ahead, behind = (objective.evaluate(x + step * v).loss for step in (STEP / 10, -STEP / 10))
    slope = (ahead - behind) / (STEP / 5)
    assert_close("slope", slope, np.sum(gradient * v), 1e-7)


@each
@pytest.mark.parametrize("exact", [True, False])
def test_the_engine_cpu_agrees(changes, exact):
    problem = two_styles(changes)
    x = start(problem)
    found = CPUObjective(problem, threads=2, exact=exact).evaluate(x)
    assert_agree(found, ReferenceObjective(problem).evaluate(x), SINGLE)


@each
def test_divided_by_their_gradients_they_agree_too(changes):
    problem = two_styles(changes | {"style.l1_epsilon": 1.0, "optimizer.method": "adam",
                                    "optimizer.rate": 1.0})  # fmt: skip
    x = start(problem)
    found = CPUObjective(problem, threads=2).evaluate(x)
    assert_agree(found, ReferenceObjective(problem).evaluate(x), SINGLE)


@each
def test_at_the_style_itself_there_is_nothing_to_do(changes):
    problem = problem_of(recipe_of(**changes, content=None))
    style = pixels(*problem.shape, 30)
    objective = ReferenceObjective(replace(problem, styles=(style,)))
    far, near = objective.evaluate(start(problem)), objective.evaluate(style)
    assert near.loss <= 1e-9 * far.loss
    assert np.abs(near.gradient).max() <= 1e-6 * np.abs(far.gradient).max()


def test_the_engine_gpu_refuses_them_by_name():
    for changes, asked in (
        ({"style.statistic": "wasserstein"}, "wasserstein"),
        ({"style.statistic": "sliced"}, "sliced"),
        ({"style.shift": -1.0}, "style.shift = -1"),
    ):
        with pytest.raises(
            UsageError, match=f"Gram matrices alone, not {asked}; choose engine cpu"
        ):
            GPUObjective(two_styles(changes))


def test_without_them_nothing_changes():
    """A Gram matrix has the bits that it had, whatever epsilon says that it does not look at."""
    plain, told = two_styles({}), two_styles({"style.statistic": "gram", "style.epsilon": 5.0})
    x = start(plain)
    for build in (ReferenceObjective, CPUObjective):
        assert_same_bits(build(told).evaluate(x), build(plain).evaluate(x))


STATISTIC_NAMES = ["covariance", "mean-deviation", "wasserstein", "sliced", "histogram"]


@pytest.mark.parametrize("statistic", STATISTIC_NAMES)
def test_a_descent_comes_nearer(statistic):
    changes = {"style.statistic": statistic, "style.gram_divisor": "M", "style.divisor": "4"}
    descent = {
        "optimizer.method": "adam",
        "optimizer.iterations": 15,
        "optimizer.rate": 8.0,
        "initial.start": "noise",
    }
    recipe = with_changes(recipe_of(**changes, content=None), descent)
    objective = CPUObjective(problem_of(recipe))
    result = run(objective, objective.initial())
    assert result.history[-1].loss < 0.5 * result.history[0].loss


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"style.shift": -1.0, "style.statistic": "covariance"}, "leave it at 0 or choose gram"),
        ({"style.statistic": "grams"}, "expected 'gram', 'covariance'"),
        ({"style.epsilon": 0.0}, "style.epsilon: found 0.0, expected a number above 0"),
        ({"style.shift": float("nan")}, "style.shift is not finite; expected a number"),
    ],
)
def test_what_means_nothing_is_refused(changes, sentence):
    with pytest.raises(UsageError, match=sentence):
        with_changes(load_preset("gatys"), changes)
