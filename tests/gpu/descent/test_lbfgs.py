"""L-BFGS on the device against SciPy's L-BFGS-B: the same points, evaluation by evaluation."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.optimize import fmin_l_bfgs_b

from backpaint.gpu.device.vectors import DeviceVectors
from backpaint.optimizers import minimize
from backpaint.optimizers.lbfgsb import explain
from backpaint.optimizers.vector_free import VectorFreeLBFGS
from backpaint.problem.recipe import LBFGSB

from ...tolerances import assert_close
from ..device_copy import DeviceCopy

pytestmark = pytest.mark.usefixtures("emulated")

NO_PIXELS = {"black": np.zeros(1), "white": np.ones(1)}


def rosenbrock(x):
    a = x[1:] - x[:-1] ** 2
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * x[:-1] * a - 2 * (1 - x[:-1])
    gradient[1:] += 200 * a
    return float((100 * a**2 + (1 - x[:-1]) ** 2).sum()), gradient


def quadratic(x):
    curvature = np.logspace(0, 4, x.size)
    return float((curvature * x**2).sum() / 2), curvature * x


def with_kinks(x):
    """Curvature is negative in places, so that pairs are skipped and searches are long."""
    loss = np.sin(3 * x).sum() + (x**2).sum() / 10 + np.abs(x).sum()
    return float(loss), 3 * np.cos(3 * x) + x / 5 + np.sign(x)


def wrong_gradient(x):
    """Climbs where it says that it falls; SciPy does not evaluate the same point twice in a row."""
    return float((x**2).sum()), -x


FUNCTIONS = (rosenbrock, quadratic, with_kinks)


def start(size: int) -> np.ndarray:
    return np.random.default_rng(size).normal(size=size) * 2


def descend(function, options, on_move=None):
    vectors = DeviceVectors(function.point.size, function.point.dtype, 2 * options.corrections + 1)
    descent = VectorFreeLBFGS(function, vectors, options, on_move)
    descent.start(function.x)
    while descent.step():
        pass
    return descent.outcome()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("size", "corrections"), [(5, 3), (600, 10), (2600, 2)])
def test_makes_every_move_of_scipy(function, size, corrections):
    x0 = start(size)
    device_function, host_visits, moves, host_moves = DeviceCopy(function, x0), [], [], []

    def recorded(x):
        host_visits.append(x.copy())
        return function(x)

    options = LBFGSB(iterations=12, corrections=corrections, factr=10)
    finished = descend(device_function, options, lambda _: moves.append(device_function.x))
    x, loss, info = fmin_l_bfgs_b(
        recorded,
        x0,
        m=corrections,
        factr=10,
        pgtol=1e-5,
        maxiter=12,
        callback=lambda x: host_moves.append(x.copy()),
    )
    assert (finished.iterations, finished.evaluations) == (info["nit"], info["funcalls"])
    assert finished.iterations >= 6
    assert finished.reason == explain(info["task"], options)
    for actual, expected in zip(device_function.visited, host_visits, strict=True):
        assert_close("evaluated", actual, expected, 1e-8)
    for actual, expected in zip(moves, host_moves, strict=True):
        assert_close("move", actual, expected, 1e-8)
    assert_close("x", device_function.x, x, 1e-8)
    assert finished.loss == pytest.approx(loss, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(
    "options",
    [
        LBFGSB(iterations=7),
        LBFGSB(iterations=500),
        LBFGSB(iterations=500, factr=0, pgtol=1e-3),
        LBFGSB(iterations=3, evaluations_per_round=6),
        LBFGSB(iterations=30, factr=0, line_search_steps=2),
    ],
)
@pytest.mark.parametrize("function", [rosenbrock, wrong_gradient])
def test_ends_as_the_host_does(options, function):
    options = replace(options, line_search_steps=min(options.line_search_steps, 12))
    x0 = np.array([0.8, 0.7, 0.5, 0.2])
    device_function = DeviceCopy(function, x0)
    finished = descend(device_function, options)
    outcome = minimize(function, x0, options, **NO_PIXELS)
    assert finished.reason == outcome.reason
    assert (finished.iterations, finished.evaluations) == (outcome.iterations, outcome.evaluations)
    assert_close("x", device_function.x, outcome.x, 1e-7)
    assert finished.loss == function(device_function.x)[0]


@pytest.mark.slow
def test_float32_vectors_reach_the_same_minimum():
    function = DeviceCopy(quadratic, start(12), np.float32)
    finished = descend(function, LBFGSB(iterations=120))
    assert finished.loss < 1e-8 * quadratic(start(12))[0]
    assert function.point.dtype == np.float32


def test_two_runs_give_the_same_bits():
    runs = [DeviceCopy(rosenbrock, start(2600), np.float32) for _ in range(2)]
    for run in runs:
        descend(run, LBFGSB(iterations=5))
    assert np.array_equal(runs[0].visited, runs[1].visited)


def test_a_minimum_to_start_from_ends_the_run():
    function = DeviceCopy(quadratic, np.zeros(3))
    finished = descend(function, LBFGSB(iterations=9))
    assert (finished.iterations, finished.evaluations) == (0, 1)
    assert finished.reason.startswith("the gradient is smaller")
