"""An objective as its users see it: a function for SciPy, a start, a picture."""

import numpy as np
from scipy.optimize import fmin_l_bfgs_b

from ..problems import make_problem, one_block
from .table import each


@each()
def test_scipy_minimizes_it_from_the_content(any_engine):
    problem = make_problem(one_block(), (6, 7))
    objective = any_engine.build(problem)
    x0 = objective.initial()
    assert (x0.shape, x0.dtype, objective.shape) == ((6 * 7 * 3,), np.float64, (6, 7, 3))
    image = objective.to_image(x0)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.rint(problem.content))
    loss, gradient = objective(x0)
    assert (type(loss), gradient.shape, gradient.dtype) == (float, x0.shape, np.float64)
    evaluation = objective.evaluate(x0.reshape(objective.shape))
    assert (loss, objective.terms(x0)) == (evaluation.loss, evaluation.terms)
    np.testing.assert_array_equal(gradient, evaluation.gradient.ravel())
    assert fmin_l_bfgs_b(objective, x0, maxiter=2)[1] < loss
