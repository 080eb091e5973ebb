"""Other weights of the terms on the same targets, in the same memory."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.engine.same_targets import same_targets
from backpaint.regions import Regions

from ..problems import start
from .seams import BUILDERS, assert_same_bits, problem_of, recipe_of
from .seams import engine as engine

FREE = (
    {"style.weight": 7.0},
    {"content.weight": 0.5, "content.divisor": "|P|^2"},
    {"style.layers.relu1_1": 0.1, "style.divisor": "|A|^2"},
    {"total_variation": {"weight": 3.0, "kind": "squared"}},
    {"optimizer": {"method": "adam", "iterations": 3, "rate": 1.0}, "initial.start": "noise"},
)
BOUND = (
    {"network.pool": "max"},
    {"style.gram_divisor": "1"},
    {"style.match_area": True},
    {"style.layers": {"relu1_1": 1.0}},
    {"style.layers": {"relu2_1": 0.7, "relu1_1": 0.5}},
    {"content.layers": {"relu2_1": 1.0}},
    {"variable.scale": 0.5},
    {"style": None},
)


@pytest.mark.parametrize("engine", ["reference", "cpu", "cpu winograd"], indirect=True)
@pytest.mark.parametrize("changes", FREE, ids=str)
def test_it_is_a_fresh_objective_bit_for_bit_and_both_take_turns(engine, changes):
    problem = problem_of(recipe_of(), shares=(0.6, 0.4))
    other = problem_of(recipe_of(**changes), shares=(0.2, 0.8))
    x = start(problem)
    first = BUILDERS[engine](problem)
    before = first.evaluate(x)
    second = first.with_problem(other)
    expected = BUILDERS[engine](other).evaluate(x)
    for _ in range(2):
        assert_same_bits(second.evaluate(x), expected)
        assert_same_bits(first.evaluate(x), before)
    assert expected.terms != before.terms


@pytest.mark.parametrize("changes", BOUND, ids=str)
def test_other_targets_are_built_anew(changes):
    problem = problem_of(recipe_of())
    other = problem_of(recipe_of(**changes))
    assert not same_targets(problem, other)
    assert BUILDERS["reference"](problem).with_problem(other) is None


def test_other_pictures_are_other_targets():
    problem = problem_of(recipe_of())
    assert same_targets(problem, replace(problem, content=problem.content.copy()))
    assert not same_targets(problem, replace(problem, content=problem.content + 1))
    assert not same_targets(problem, replace(problem, styles=(problem.styles[0] + 1,)))


@pytest.mark.parametrize("engine", ["gpu"], indirect=True)
def test_the_gpu_builds_anew_and_its_first_objective_stays_as_it_was(engine):
    problem, other = problem_of(recipe_of()), problem_of(recipe_of(**FREE[0]))
    x = start(problem)
    first = BUILDERS[engine](problem)
    before = first.evaluate(x)
    assert same_targets(problem, other)
    assert first.with_problem(other) is None
    assert_same_bits(first.evaluate(x), before)


def test_masks_of_the_same_values_are_the_same_and_others_are_not():
    problem = problem_of(recipe_of())
    mask = np.linspace(0, 1, np.prod(problem.shape)).reshape(problem.shape)
    for masks in ({"painted": (mask,)}, {"keep": mask}, {"only": mask}):
        one = replace(problem, regions=Regions(**masks))
        again = {name: (mask.copy(),) if name == "painted" else mask.copy() for name in masks}
        assert same_targets(one, replace(problem, regions=Regions(**again)))
        assert not same_targets(one, problem)
        assert not same_targets(problem, one)
        other = {name: (mask**2,) if name == "painted" else mask**2 for name in masks}
        assert not same_targets(one, replace(problem, regions=Regions(**other)))
