"""Several styles weighed as targets, not as losses."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.cpu import CPUObjective
from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.presets import recipe
from backpaint.problem.problem import Problem
from backpaint.problem.term_constants import StyleConstants
from backpaint.reference.blend import blended
from backpaint.reference.objective import ReferenceObjective
from backpaint.reference.statistic_term import Quantiles, normal_of
from backpaint.weights import load_weights


def problem_of(changes, shares=(0.3, 0.7), same=False):
    rng = np.random.default_rng(1)
    layers = {"style.layers": {"relu1_1": 1.0, "relu1_2": 0.5}, "content": None}
    made = recipe("gatys", changes=layers | {"style.blend": "targets"} | changes)
    styles = [rng.uniform(0, 255, (*size, 3)) for size in ((8, 9), (6, 11))]
    if same:
        styles[1] = styles[0]
    return Problem(made, load_weights("vgg19"), None, tuple(styles), shares, (9, 10))


def evaluated(objective):
    return objective(np.random.default_rng(2).uniform(0, 255, 270))


WASSERSTEIN = {"style.statistic": "wasserstein", "style.root_steps": 12}
PART = {"style.divisor": "|A|^2"}
EACH = pytest.mark.parametrize(
    "changes", [{}, PART, WASSERSTEIN], ids=["gram", "part", "wasserstein"]
)


def test_of_gram_matrices_the_gradient_is_that_of_blended_losses():
    loss, gradient = evaluated(ReferenceObjective(problem_of({})))
    apart, same = evaluated(ReferenceObjective(problem_of({"style.blend": "losses"})))
    assert gradient == pytest.approx(same, rel=1e-10, abs=1e-9 * np.abs(same).max())
    assert loss < apart  # by the distance of the styles


def test_a_blend_of_distributions_is_that_of_all_features_together():
    rng = np.random.default_rng(3)
    features = [rng.standard_normal((m, 1, 3)) + shift for m, shift in ((6, 0), (2, 4))]
    constants = [
        {"relu1_1": StyleConstants("relu1_1", number, share, 1, 1, 1)}
        for number, share in enumerate((0.75, 0.25))
    ]
    _, (together,) = blended(constants, [{"relu1_1": normal_of(f)} for f in features])
    joined = normal_of(np.concatenate(features))
    assert together["relu1_1"].mean == pytest.approx(joined.mean, rel=1e-12)
    assert together["relu1_1"].covariance == pytest.approx(joined.covariance, rel=1e-12)


@EACH
def test_a_style_blended_with_itself_is_that_style(changes):
    twice = evaluated(ReferenceObjective(problem_of(changes, same=True)))
    once = evaluated(ReferenceObjective(problem_of(changes, shares=(1.0, 0.0))))
    assert twice[0] == pytest.approx(once[0], rel=1e-9)
    assert twice[1] == pytest.approx(once[1], rel=1e-7, abs=1e-7 * np.abs(once[1]).max())


@EACH
def test_the_engine_cpu_agrees(changes):
    loss, gradient = evaluated(ReferenceObjective(problem_of(changes)))
    found, fast = evaluated(CPUObjective(problem_of(changes), threads=2))
    assert found == pytest.approx(loss, rel=1e-4)
    assert np.abs(fast - gradient).max() <= 1e-4 * np.abs(gradient).max()


def test_other_shares_of_the_same_targets_blend_anew():
    objective = ReferenceObjective(problem_of(PART))
    other = objective.with_problem(problem_of(PART, shares=(0.9, 0.1)))
    fresh = evaluated(ReferenceObjective(problem_of(PART, shares=(0.9, 0.1))))
    assert evaluated(other)[0] == fresh[0]


def test_what_has_no_blend_is_refused():
    with pytest.raises(UsageError, match="no size of one style"):
        problem_of({"style.statistic": "covariance"})
    with pytest.raises(UsageError, match="weighs the losses of several styles"):
        GPUObjective(problem_of({}))
    with pytest.raises(UsageError, match="root_steps goes with"):
        problem_of({"style.root_steps": 12})


A, B = (StyleConstants("relu1_1", number, share, 1, 1, 1) for number, share in ((0, 1.0), (1, 3.0)))


def test_a_blend_by_hand():
    """A layer that one style has alone stays as it is; styles that count nothing count alike."""
    ones, alone = np.ones((2, 2), np.float32), np.eye(2)
    given = [{"relu1_1": ones, "relu2_1": alone}, {"relu1_1": 5 * ones}]
    (constants,), (asked,) = blended([{"relu1_1": A, "relu2_1": A}, {"relu1_1": B}], given)
    assert constants == {"relu1_1": replace(A, weight=4.0), "relu2_1": A}
    assert asked["relu2_1"] is alone
    assert asked["relu1_1"].dtype == np.float32
    np.testing.assert_array_equal(asked["relu1_1"], 4 * ones)
    nothing = [{"relu1_1": replace(one, weight=0.0)} for one in (A, B)]
    np.testing.assert_array_equal(blended(nothing, given)[1][0]["relu1_1"], 3 * ones)


def test_sorted_features_are_blended_rank_by_rank():
    directions, values = np.eye(2), np.arange(6, dtype=np.float32).reshape(3, 2)
    given = [{"relu1_1": Quantiles(one, directions)} for one in (values, values + 8)]
    _, (asked,) = blended([{"relu1_1": A}, {"relu1_1": B}], given)
    np.testing.assert_array_equal(asked["relu1_1"].values, values + 6)
    assert asked["relu1_1"].values.dtype == np.float32
    assert asked["relu1_1"].directions is directions
