"""L-BFGS on the host's vectors against SciPy's L-BFGS-B; `tests/gpu/descent` has the device's."""

import numpy as np
import pytest
from scipy.optimize import fmin_l_bfgs_b

from backpaint.errors import UsageError
from backpaint.optimizers.quasi_newton.host_vectors import BLOCK, HostVectors
from backpaint.optimizers.vector_free import HostLBFGS
from backpaint.problem.recipe import LBFGSB

from ...tolerances import assert_close
from ..cases import rosenbrock, with_kinks


def descend(objective, x0, options, **settings):
    minimizer = HostLBFGS(objective, options, **settings)
    minimizer.start(x0)
    while minimizer.step():
        pass
    return minimizer.outcome()


@pytest.mark.parametrize("function", ["rosenbrock", "ill_conditioned", "valley"])
@pytest.mark.parametrize(("size", "corrections"), [(5, 3), (600, 10), (BLOCK + 3, 2)])
def test_makes_every_move_of_scipy(function, size, corrections, functions):
    x0 = np.random.default_rng(size).normal(size=size)
    ours, theirs = (functions.Recorder(getattr(functions, function)) for _ in range(2))
    moves, their_moves = [], []
    options = LBFGSB(iterations=12, corrections=corrections, factr=10)
    outcome = descend(ours, x0, options, callback=lambda _, x: moves.append(x))
    x, loss, info = fmin_l_bfgs_b(
        theirs, x0, m=corrections, factr=10, maxiter=12, callback=lambda x: their_moves.append(x)
    )
    assert (outcome.iterations, outcome.evaluations) == (info["nit"], info["funcalls"])
    for actual, expected in zip(ours.points, theirs.points, strict=True):
        assert_close("evaluated", actual, expected, 1e-7)
    for actual, expected in zip(moves, their_moves, strict=True):
        assert_close("move", actual, expected, 1e-7)
    assert_close("x", outcome.x, x, 1e-7)
    assert outcome.loss == pytest.approx(loss, rel=1e-7)


@pytest.mark.parametrize("function", [rosenbrock, with_kinks])
def test_a_float32_history_starts_the_same_way_and_is_as_good(function):
    x0 = np.random.default_rng(3).uniform(-1.5, 1.5, 501)
    first, last = (
        [
            descend(function, x0, LBFGSB(iterations=iterations, factr=0), history=history)
            for history in ("float64", "float32")
        ]
        for iterations in (3, 300)
    )
    assert_close("x", first[1].x, first[0].x, 1e-4)
    assert not np.array_equal(first[1].x, first[0].x)
    assert last[1].loss == pytest.approx(last[0].loss, rel=0.02, abs=1e-6)


def test_the_point_that_is_evaluated_moves_and_cannot_be_written_to():
    seen, copies = [], []

    def function(x):
        assert not x.flags.writeable
        seen.append(x)
        copies.append(x.copy())
        return rosenbrock(x)

    descend(function, np.zeros(6), LBFGSB(iterations=4), history="float32")
    assert all(np.array_equal(x, copies[-1]) for x in seen)
    assert len(np.unique(copies, axis=0)) == len(copies) >= 4


def test_a_float32_history_takes_half_the_memory():
    sizes = [HostVectors(99, dtype).basis(7).nbytes for dtype in (np.float64, np.float32)]
    assert sizes[0] == 2 * sizes[1]


def test_bounds_are_refused():
    with pytest.raises(UsageError, match=r"bounds is pixels; expected none"):
        HostLBFGS(rosenbrock, LBFGSB(iterations=3, bounds="pixels"))
