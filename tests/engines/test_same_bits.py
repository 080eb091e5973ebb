"""The same picture gives the same bits: again, from another objective, however it is computed."""

import numpy as np

from ..problems import make_problem, one_block, start
from .table import each


def assert_same(first, *others):
    for evaluation in others:
        assert evaluation.terms == first.terms
        assert evaluation.loss == first.loss
        assert np.array_equal(evaluation.gradient, first.gradient)


@each()
def test_again_and_after_another_picture(any_engine):
    problem = make_problem(one_block(), (8, 9), styles=((6, 7),))
    objective, x = any_engine.build(problem), start(problem)
    x.setflags(write=False)
    first = objective.evaluate(x)
    kept = first.gradient.copy()
    second, other = objective.evaluate(x), objective.evaluate(start(problem, seed=8))
    assert not np.array_equal(other.gradient, kept)
    assert_same(first, second, objective.evaluate(x))
    assert np.array_equal(first.gradient, kept)  # no later evaluation has written there


@each()
def test_from_any_objective_of_the_engine(any_engine):
    problem = make_problem(one_block(), (8, 9), styles=((6, 7),))
    x = start(problem)
    builds = (any_engine.build, any_engine.build, *any_engine.alike)
    assert_same(*(build(problem).evaluate(x) for build in builds))
