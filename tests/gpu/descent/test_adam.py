"""Adam on the device against the host's."""

import numpy as np
import pytest

from backpaint.gpu.descent.adam import DeviceAdam
from backpaint.optimizers import minimize
from backpaint.problem.recipe import Adam

from ...tolerances import assert_close
from ..device_copy import DeviceCopy

pytestmark = pytest.mark.usefixtures("emulated")

BLACK, WHITE = (-1.0, -0.5, 0.0), (0.5, 1.0, 1.5)
CURVATURE = np.logspace(-1, 2, 24)


def bowl(x):
    return float((CURVATURE * x**2).sum() / 2), CURVATURE * x


def descend(function, options, x0, on_move=None):
    descent = DeviceAdam(function, options, on_move, black=BLACK, white=WHITE)
    descent.start(x0)
    while descent.step():
        pass
    return descent.outcome()


@pytest.mark.parametrize("form", ["paper", "hat"])
@pytest.mark.parametrize("clip", ["none", "pixels"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_makes_every_move_of_the_host(form, clip, dtype):
    options = Adam(iterations=12, rate=0.2, epsilon=0.1, epsilon_form=form, clip=clip)
    x0 = np.random.default_rng(3).normal(size=24)
    function, moves, host_moves = DeviceCopy(bowl, x0, dtype), [], []
    finished = descend(function, options, x0, lambda _: moves.append(function.x))
    outcome = minimize(
        bowl,
        x0,
        options,
        black=np.tile(BLACK, 8),
        white=np.tile(WHITE, 8),
        callback=lambda _, x: host_moves.append(x),
    )
    assert (finished.iterations, finished.evaluations) == (outcome.iterations, outcome.evaluations)
    assert finished.reason == outcome.reason
    for actual, expected in zip(moves, host_moves, strict=True):
        assert_close("move", actual, expected, 1e-12 if dtype == np.float64 else 1e-5)


def test_a_number_without_gradient_stays_even_without_epsilon():
    x0 = np.zeros(24)
    x0[0] = 3.0
    function = DeviceCopy(bowl, x0)
    descend(function, Adam(iterations=2, rate=0.1, epsilon=0.0), x0)
    assert np.array_equal(function.x[1:], x0[1:])
    assert function.x[0] == pytest.approx(2.8, abs=1e-3)


@pytest.mark.parametrize("beta1", [0.9, 0.0])
def test_stops_where_nothing_will_ever_move(beta1):
    function = DeviceCopy(bowl, np.zeros(24))
    finished = descend(function, Adam(iterations=5, rate=0.1, beta1=beta1), np.zeros(24))
    assert finished.reason == "the gradient is zero everywhere"
    assert (finished.iterations, finished.evaluations) == (0, 1)
