"""What all optimizers have in common."""

import numpy as np
import pytest

from backpaint.errors import RunError
from backpaint.optimizers import minimize
from backpaint.problem.recipe import LBFGS, LBFGSB, Adam, GradientDescent

METHODS = [
    pytest.param(LBFGSB(iterations=6), id="l-bfgs-b"),
    pytest.param(LBFGSB(iterations=2, evaluations_per_round=2), id="l-bfgs-b in rounds"),
    pytest.param(LBFGS(iterations=6, iterations_per_step=3), id="l-bfgs"),
    pytest.param(Adam(iterations=6, rate=0.01), id="adam"),
    pytest.param(GradientDescent(iterations=6, rate=1e-4), id="gradient-descent"),
]
CLIPPED = [
    pytest.param(LBFGSB(iterations=30, bounds="pixels"), id="l-bfgs-b"),
    pytest.param(LBFGS(iterations=40, clip="pixels"), id="l-bfgs"),
    pytest.param(Adam(iterations=40, rate=0.2, clip="pixels"), id="adam"),
    pytest.param(GradientDescent(iterations=40, rate=0.1, clip="pixels"), id="gradient-descent"),
]
START = np.array([-1.2, 1.0, 0.5, -0.3])


@pytest.mark.parametrize("options", METHODS)
def test_the_start_is_left_alone(options, functions, pixels):
    x0 = START.copy()
    x0.flags.writeable = False
    outcome = minimize(functions.valley, x0, options, **pixels)
    assert np.array_equal(x0, START)
    assert not np.shares_memory(outcome.x, x0)
    assert not np.array_equal(outcome.x, x0)


@pytest.mark.parametrize("options", METHODS)
def test_callbacks_are_numbered_from_one_and_get_every_accepted_point(options, functions, pixels):
    calls = []
    outcome = minimize(
        functions.valley, START, options, callback=lambda k, x: calls.append((k, x)), **pixels
    )
    assert [number for number, _ in calls] == list(range(1, outcome.iterations + 1))
    assert outcome.iterations >= 3
    assert np.array_equal(calls[-1][1], outcome.x)
    points = np.array([x for _, x in calls])  # each kept its own value
    assert len(np.unique(points, axis=0)) == outcome.iterations


@pytest.mark.parametrize("options", METHODS)
def test_evaluations_are_counted_and_the_last_loss_is_told(options, functions, pixels):
    recorder = functions.Recorder(functions.valley)
    outcome = minimize(recorder, START, options, **pixels)
    assert outcome.evaluations == len(recorder.points)
    assert outcome.loss == recorder.losses[-1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RunError, StopIteration, FloatingPointError])
@pytest.mark.parametrize("options", METHODS)
def test_what_the_objective_raises_passes_through(options, error, functions, pixels):
    def objective(x):
        if len(recorder.points) == 2:
            raise error("in the third evaluation")
        return functions.valley(x)

    recorder = functions.Recorder(objective)
    with pytest.raises(error, match="third"):
        minimize(recorder, START, options, **pixels)
    assert len(recorder.points) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RunError, StopIteration, FloatingPointError])
@pytest.mark.parametrize("options", METHODS)
def test_what_the_callback_raises_passes_through(options, error, functions, pixels):
    def callback(number, x):
        if number == 2:
            raise error("after the second iteration")

    with pytest.raises(error, match="second"):
        minimize(functions.valley, START, options, callback=callback, **pixels)


@pytest.mark.parametrize("options", CLIPPED)
def test_every_point_stays_between_black_and_white(options, functions):
    black = np.array([-0.5, 0.2, 0.3, -1.0])
    white = np.array([0.5, 0.4, 0.8, -0.1])
    recorder = functions.Recorder(functions.valley)
    accepted = []
    outcome = minimize(
        recorder,
        np.clip(START, black, white),
        options,
        black=black,
        white=white,
        callback=lambda _, x: accepted.append(x),
    )
    for x in [*recorder.points, *accepted, outcome.x]:
        assert (x >= black).all()
        assert (x <= white).all()
    # The free minimum lies outside, so that some values end on their bounds:
    free = minimize(functions.valley, START, LBFGSB(iterations=99), black=black, white=white)
    assert ((free.x < black) | (free.x > white)).any()
    assert ((outcome.x == black) | (outcome.x == white)).any()


@pytest.mark.parametrize(
    "options",
    [LBFGSB(iterations=5, bounds="pixels"), LBFGS(iterations=5, clip="pixels")],
    ids=["l-bfgs-b", "l-bfgs"],
)
def test_a_start_out_of_range_is_moved_before_it_is_evaluated(options, functions):
    recorder = functions.Recorder(functions.valley)
    minimize(recorder, START, options, black=np.array(0.0), white=np.array(0.7))
    assert np.array_equal(recorder.points[0], [0.0, 0.7, 0.5, 0.0])


@pytest.mark.parametrize("options", CLIPPED)
def test_one_black_and_one_white_for_all_values(options, functions):
    x0, black, white = np.full(4, 0.3), np.array(0.25), np.array(0.35)
    few = minimize(functions.valley, x0, options, black=black, white=white)
    many = minimize(functions.valley, x0, options, black=np.full(4, black), white=np.full(4, white))
    assert np.array_equal(few.x, many.x)


@pytest.mark.parametrize(
    "options",
    [
        LBFGSB(iterations=5),
        LBFGS(iterations=5),
        LBFGS(iterations=5, gradient_tolerance=-1, change_tolerance=-1),
        Adam(iterations=5, rate=0.1),
        Adam(iterations=5, rate=0.1, epsilon=0),
        GradientDescent(iterations=5, rate=0.1),
        GradientDescent(iterations=5, rate=0.1, normalize="mean-absolute"),
    ],
    ids=lambda options: type(options).__name__,
)
def test_without_a_gradient_the_first_evaluation_is_the_last(options, pixels):
    outcome = minimize(lambda x: (7.0, np.zeros_like(x)), START, options, **pixels)
    assert (outcome.loss, outcome.iterations, outcome.evaluations) == (7.0, 0, 1)
    assert outcome.reason.startswith("the gradient is ")
    assert np.array_equal(outcome.x, START)
    assert not np.shares_memory(outcome.x, START)


@pytest.mark.parametrize("options", METHODS)
def test_a_float32_start_is_followed_in_float64(options, functions, pixels):
    recorder = functions.Recorder(functions.valley)
    outcome = minimize(recorder, START.astype(np.float32), options, **pixels)
    assert outcome.x.dtype == np.float64
    assert {point.dtype for point in recorder.points} == {np.dtype(np.float64)}


def test_a_start_that_is_not_flat_is_refused(functions, pixels):
    with pytest.raises(ValueError, match=r"shape \(N,\), got \(2, 2\)"):
        minimize(functions.valley, START.reshape(2, 2), Adam(iterations=1, rate=1.0), **pixels)


def test_one_iteration_is_not_called_all(functions, pixels):
    outcome = minimize(functions.valley, START, Adam(iterations=1, rate=1.0), **pixels)
    assert outcome.reason == "the one iteration is done"
