import numpy as np
import pytest

from backpaint.optimizers import minimize
from backpaint.problem.recipe import GradientDescent


def test_finds_the_minimum_of_an_ill_conditioned_quadratic(functions, pixels):
    # An error in the direction of curvature c shrinks by |1 - rate * c| each time, slowest for
    # c = 1 and c = 10000: 5e-4 (1 - 1/5001)^20000 = 9e-6.  A rate of 2 / 10000 would already
    # oscillate for ever.
    options = GradientDescent(iterations=20_000, rate=1 / 5001)
    start = np.array([1.0005, 0.0, 3.0005])
    outcome = minimize(functions.ill_conditioned, start, options, **pixels)
    assert outcome.x == pytest.approx([1, 2, 3], abs=1e-5)
    assert outcome.reason == "all 20000 iterations are done"
    assert outcome.iterations == outcome.evaluations == 20_000


def test_two_plain_moves_by_hand(pixels):
    # On x^2 with rate 1/4 each move halves x; the loss is the last one evaluated, at 1/2 of 8.
    options = GradientDescent(iterations=2, rate=0.25)
    outcome = minimize(lambda x: (float(x @ x), 2 * x), np.array([8.0]), options, **pixels)
    assert outcome.x == 2.0
    assert outcome.loss == 16.0


def test_the_rate_decays_continuously(pixels):
    # Keras: rate * decay ** (step / decay_steps), with step from 0
    options = GradientDescent(iterations=4, rate=100, decay=0.96, decay_steps=3)
    gradient = np.array([1.0, -2.0])
    seen = [np.zeros(2)]
    minimize(
        lambda x: (0.0, gradient),
        np.zeros(2),
        options,
        callback=lambda _, x: seen.append(x),
        **pixels,
    )
    rates = [100, 100 * 0.96 ** (1 / 3), 100 * 0.96 ** (2 / 3), 96]
    assert np.diff(seen, axis=0) == pytest.approx(-np.outer(rates, gradient), rel=1e-12)


def test_normalized_moves_do_not_depend_on_the_scale_of_the_loss(pixels):
    options = GradientDescent(iterations=1, rate=2, normalize="mean-absolute")
    for scale in (1e-30, 1.0, 1e12):
        gradient = scale * np.array([1.0, -2.0, 0.0, 5.0])  # mean absolute value 2
        outcome = minimize(lambda x, g=gradient: (0.0, g), np.zeros(4), options, **pixels)
        assert outcome.x == pytest.approx([-1, 2, 0, -5], rel=1e-14)


def test_stops_where_the_gradient_vanishes_on_the_way(pixels):
    options = GradientDescent(iterations=50, rate=0.5, normalize="none")
    outcome = minimize(lambda x: (float(x @ x), 2 * x), np.array([3.0]), options, **pixels)
    assert outcome.reason == "the gradient is zero everywhere"
    assert (outcome.x, outcome.loss, outcome.iterations, outcome.evaluations) == (0, 0, 1, 2)


def test_without_clipping_values_may_leave_the_range(functions):
    options = GradientDescent(iterations=9, rate=0.5)
    outcome = minimize(
        functions.valley, np.full(4, 0.3), options, black=np.array(0.25), white=np.array(0.4)
    )
    assert outcome.x.min() < 0.25
    assert outcome.x.max() > 0.4
