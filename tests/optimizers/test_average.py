"""The average of a descent's points as its outcome."""

import numpy as np
import pytest

import backpaint
from backpaint.optimizers import minimize
from backpaint.problem.recipe import Adam, GradientDescent

START = np.array([-1.2, 1.0, 0.5, -0.3])
OPTIONS = [
    Adam(iterations=7, rate=0.3, average=0.8),
    GradientDescent(iterations=7, rate=0.02, average=0.5),
]


def corrected_average(points, decay):
    """An average from zero, divided by the weight that it has got: as the original keeps it."""
    value, missing = np.zeros_like(points[0]), 1.0
    for point in points:
        missing *= decay
        value = decay * value + (1 - decay) * point
    return value / (1 - missing)


@pytest.mark.parametrize("options", OPTIONS, ids=["adam", "gradient-descent"])
def test_the_outcome_is_the_average_and_the_way_is_that_without(options, functions, pixels):
    recorder = functions.Recorder(functions.valley)
    told = []
    outcome = minimize(
        recorder, START, options, callback=lambda k, x: told.append((k, x)), **pixels
    )
    plain = functions.Recorder(functions.valley)
    last = minimize(plain, START, type(options)(iterations=7, rate=options.rate), **pixels)
    assert np.array_equal(recorder.points, plain.points)
    way = [*plain.points, last.x]
    for number, x in told:
        wanted = corrected_average(way[: number + 1], options.average)
        assert x == pytest.approx(wanted, rel=1e-14, abs=1e-15)
    assert np.array_equal(outcome.x, told[-1][1])
    assert len(told) == 7


def test_without_memory_the_average_is_the_last_point(functions, pixels):
    options = Adam(iterations=5, rate=0.3, average=0.0)
    kept = minimize(functions.valley, START, options, **pixels)
    last = minimize(functions.valley, START, Adam(iterations=5, rate=0.3), **pixels)
    assert kept.x == pytest.approx(last.x, rel=1e-15)


def recipe(**changes):
    layers = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}
    method = {"optimizer.method": "adam", "optimizer.rate": 9.0, "optimizer.average": 0.7}
    return backpaint.recipe("gatys", size=12, iterations=6, changes=layers | method | changes)


@pytest.mark.parametrize("stop", [None, 4])
def test_previews_and_pictures_are_averages_of_what_was_evaluated(noise, stop):
    control, evaluated, told = backpaint.Control(), [], []

    class Watched(backpaint.Reference):
        def build(self, problem):
            objective = super().build(problem)
            evaluate = objective._evaluate
            objective._evaluate = lambda x: (evaluated.append(np.ravel(x).copy()), evaluate(x))[1]
            return objective

    painting = backpaint.paint(
        noise,
        noise[::-1],
        preset=recipe(),
        engine=Watched(),
        control=control,
        callback=lambda record: control.stop() if record.evaluation == stop else None,
        on_iteration=lambda _, x: told.append(np.ravel(x).copy()),
    )
    if stop is None:
        assert np.array_equal(painting.x, told[-1])
        assert len(told) == 6
    else:  # the last move has an unknown loss; up to the picture before it all is known
        assert painting.interrupted
        assert painting.x == pytest.approx(corrected_average(evaluated, 0.7), rel=1e-13)
        assert np.array_equal(painting.x, told[-2])
    assert told[1] == pytest.approx(corrected_average(evaluated[:3], 0.7), rel=1e-13)


def test_on_a_device_it_is_refused_by_name(noise):
    with pytest.raises(backpaint.UsageError, match="adam without an average"):
        backpaint.paint(
            noise, noise, preset=recipe(), engine=backpaint.Reference(), optimizer_on="device"
        )
