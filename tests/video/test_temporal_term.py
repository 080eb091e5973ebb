import tracemalloc

import numpy as np
import pytest

from backpaint.problem.pixels import to_pixels
from backpaint.problem.recipe import Affine
from backpaint.reference.objective import ReferenceObjective
from backpaint.video.temporal_term import TERM_BYTES, TemporalTerm

from ..problems import make_problem, one_block, start

VARIABLE = Affine(scale=0.5, mean=(60.0, 50.0, 40.0), std=(2.0, 1.0, 0.5))


def term(shape=(5, 4), weight=7.0):
    rng = np.random.default_rng(0)
    warped, mask = rng.uniform(0, 255, (*shape, 3)), rng.random(shape)
    return TemporalTerm("temporal 1", warped, mask, weight, VARIABLE)


def test_gradient_is_that_of_the_loss():
    one, rng = term(), np.random.default_rng(1)
    x, way = rng.normal(size=(5, 4, 3)), rng.normal(size=(5, 4, 3))
    h = 1e-3
    slope = (one.evaluate(x + h * way)[0] - one.evaluate(x - h * way)[0]) / (2 * h)
    assert np.sum(one.evaluate(x)[1] * way) == pytest.approx(slope, rel=1e-9)


def test_it_is_measured_in_levels():
    one = term(weight=1.0)
    x = (one.warped + 10) * VARIABLE.scale
    x = (x - np.array(VARIABLE.mean)) / VARIABLE.std
    np.testing.assert_allclose(to_pixels(x, VARIABLE), one.warped + 10)
    assert one.evaluate(x)[0] == pytest.approx(100 * one.mask.mean())


def test_it_takes_as_much_memory_as_is_said():
    x = np.zeros((100, 90, 3))
    tracemalloc.start()
    try:
        term(x.shape[:2]).evaluate(x)
        allocated = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.8 < allocated / (TERM_BYTES * 9000) < 1


def test_any_objective_takes_it():
    problem = make_problem(one_block())
    objective, x = ReferenceObjective(problem, "float64"), start(problem)
    plain, one = objective.evaluate(x), term(x.shape[:2])
    evaluation = objective.with_terms(one).evaluate(x)
    assert evaluation.terms["temporal 1"] > 0
    assert evaluation.loss == pytest.approx(plain.loss + evaluation.terms["temporal 1"], rel=1e-12)
    assert np.allclose(evaluation.gradient - plain.gradient, one.evaluate(x)[1], rtol=1e-6)
