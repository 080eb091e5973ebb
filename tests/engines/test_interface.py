"""An objective as its users see it: a function for SciPy, a start, a picture."""

import numpy as np
from scipy.optimize import fmin_l_bfgs_b

from ..problems import make_problem, one_block
from .table import each


@each()
def test_scipy_can_minimize_it(any_engine):
    objective = any_engine.build(make_problem(one_block(), (6, 7)))
    assert objective.shape == (6, 7, 3)
    x0 = objective.initial()
    assert (x0.shape, x0.dtype) == ((6 * 7 * 3,), np.float64)
    loss, gradient = objective(x0)
    assert type(loss) is float
    assert (gradient.shape, gradient.dtype) == (x0.shape, np.float64)
    evaluation = objective.evaluate(x0.reshape(objective.shape))
    assert loss == evaluation.loss
    assert objective.terms(x0) == evaluation.terms
    np.testing.assert_array_equal(gradient, evaluation.gradient.ravel())
    _, lower, _ = fmin_l_bfgs_b(objective, x0, maxiter=2)
    assert lower < loss


@each()
def test_the_start_is_the_content_and_becomes_bytes(any_engine):
    problem = make_problem(one_block(), (6, 7))
    objective = any_engine.build(problem)
    image = objective.to_image(objective.initial())
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.rint(problem.content))
