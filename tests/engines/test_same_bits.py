"""The same picture gives the same bits: again, from another objective, however it is computed."""

import numpy as np

from ..problems import make_problem, one_block, start
from .table import each


@each()
def test_the_same_bits(any_engine):
    problem = make_problem(one_block(), (8, 9), styles=((6, 7),))
    objective, x = any_engine.build(problem), start(problem)
    x.setflags(write=False)
    first = objective.evaluate(x)
    kept = first.gradient.copy()
    others = [objective.evaluate(x)]
    elsewhere = objective.evaluate(start(problem, seed=8))
    others.append(objective.evaluate(x))
    others += [build(problem).evaluate(x) for build in (any_engine.build, *any_engine.alike)]
    for evaluation in others:
        assert (evaluation.loss, evaluation.terms) == (first.loss, first.terms)
        assert np.array_equal(evaluation.gradient, kept)
    assert np.array_equal(first.gradient, kept)  # no later evaluation has written there
    assert not np.array_equal(elsewhere.gradient, kept)
