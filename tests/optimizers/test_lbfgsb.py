import numpy as np
import pytest
from scipy.optimize import fmin_l_bfgs_b

from backpaint.errors import UsageError
from backpaint.optimizers import minimize
from backpaint.optimizers.lbfgsb import explain, require_indexable
from backpaint.problem.recipe import LBFGSB

START = np.array([-1.2, 1.0, 0.5, -0.3, 2.0])


def test_finds_the_minimum_of_rosenbrock(functions, pixels):
    options = LBFGSB(iterations=500, factr=10, pgtol=1e-9)
    outcome = minimize(functions.rosenbrock, np.array([-1.2, 1.0, 0.5]), options, **pixels)
    assert outcome.x == pytest.approx(np.ones(3), abs=1e-8)
    assert outcome.loss == functions.rosenbrock(outcome.x)[0]


def test_finds_the_minimum_of_an_ill_conditioned_quadratic(functions, pixels):
    options = LBFGSB(iterations=500)
    outcome = minimize(functions.ill_conditioned, START, options, **pixels)
    assert outcome.x == pytest.approx([1, 2, 3, 4, 5], abs=1e-5)


def test_is_the_minimum_that_scipy_finds_with_the_same_numbers(functions):
    black, white = np.full(5, -1.0), np.array([0.5, 1.5, 0.8, 2.0, 3.0])
    options = LBFGSB(
        iterations=40, corrections=3, factr=1e3, pgtol=1e-9, line_search_steps=7, bounds="pixels"
    )
    outcome = minimize(functions.rosenbrock, START, options, black=black, white=white)
    x, loss, info = fmin_l_bfgs_b(
        functions.rosenbrock,
        START,
        bounds=[(low, high) for low, high in zip(black, white, strict=True)],
        m=3,
        factr=1e3,
        pgtol=1e-9,
        maxls=7,
        maxiter=40,
    )
    assert np.array_equal(outcome.x, x)
    assert (outcome.loss, outcome.iterations, outcome.evaluations) == (
        loss,
        info["nit"],
        info["funcalls"],
    )


def test_stops_after_the_iterations_asked_for(functions, pixels):
    outcome = minimize(functions.rosenbrock, START, LBFGSB(iterations=7), **pixels)
    assert outcome.reason == "all 7 iterations are done"
    assert outcome.iterations == 7


def test_stops_when_the_gradient_is_small(functions, pixels):
    options = LBFGSB(iterations=500, factr=0, pgtol=1e-3)
    recorder = functions.Recorder(functions.rosenbrock)
    outcome = minimize(recorder, START, options, **pixels)
    assert outcome.reason == "the gradient is smaller than 0.001 wherever it can be followed"
    assert np.abs(functions.rosenbrock(outcome.x)[1]).max() <= 1e-3


def test_stops_when_the_loss_hardly_changes(functions, pixels):
    options = LBFGSB(iterations=500, factr=1e12, pgtol=0)
    outcome = minimize(functions.rosenbrock, START, options, **pixels)
    assert outcome.reason == "the loss changed by less than 2.2e-04 of its size"


def test_stops_when_the_line_search_fails(functions, pixels):
    """A gradient with the wrong sign, from the twelfth evaluation on."""

    def objective(x):
        loss, gradient = functions.rosenbrock(x)
        return loss, gradient if len(recorder.points) < 12 else -gradient

    recorder = functions.Recorder(objective)
    outcome = minimize(recorder, START, LBFGSB(iterations=500), **pixels)
    assert outcome.reason.startswith("the line search found no lower point: ")
    assert outcome.iterations > 3
    assert outcome.loss == functions.rosenbrock(outcome.x)[0]  # the failed tries are forgotten
    assert outcome.loss == min(recorder.losses)


def test_a_line_search_takes_no_more_steps_than_asked_for(functions, pixels):
    def wrong(x):
        loss, gradient = functions.rosenbrock(x)
        return loss, -gradient

    patient = minimize(wrong, START, LBFGSB(iterations=9), **pixels)
    brief = minimize(wrong, START, LBFGSB(iterations=9, line_search_steps=3), **pixels)
    assert patient.evaluations > 10
    assert brief.evaluations <= 5


def test_no_limit_on_evaluations_hides_behind_the_iterations(pixels):
    """A bottomless loss that takes far more evaluations than SciPy's own limit of 15,000."""
    steps = 0

    def objective(x):
        nonlocal steps
        steps += 1
        return -float(steps), np.array([-1.0])  # always lower, always the same slope

    options = LBFGSB(iterations=15_500, corrections=1, factr=0)
    outcome = minimize(objective, np.zeros(1), options, **pixels)
    assert outcome.reason == "all 15500 iterations are done"
    assert outcome.evaluations > 15_000


def test_cold_rounds_make_20_to_40_evaluations_each(functions, pixels):
    options = LBFGSB(iterations=4, evaluations_per_round=20, factr=0)
    x0 = np.tile(START, 20)
    recorder = functions.Recorder(functions.rosenbrock)
    outcome = minimize(recorder, x0, options, **pixels)
    assert outcome.reason == "all 4 rounds are done, each of 20 evaluations"
    assert outcome.evaluations == len(recorder.points)
    # A round begins where the last one ended, so that its first point has been seen before:
    seen: set[bytes] = set()
    starts = []
    for index, point in enumerate(recorder.points):
        if point.tobytes() in seen:
            starts.append(index)
        seen.add(point.tobytes())
    lengths = np.diff([0, *starts, outcome.evaluations])
    assert len(lengths) == 4
    assert all(20 < length <= 40 for length in lengths)


def test_cold_rounds_are_scipy_calls_in_a_loop(functions, pixels):
    x0 = np.tile(START, 20)
    options = LBFGSB(iterations=3, evaluations_per_round=20)
    outcome = minimize(functions.rosenbrock, x0, options, **pixels)
    x, iterations = x0, 0
    for _ in range(3):
        x, loss, info = fmin_l_bfgs_b(functions.rosenbrock, x, maxfun=20)
        iterations += info["nit"]
    assert np.array_equal(outcome.x, x)
    assert (outcome.loss, outcome.iterations) == (loss, iterations)


def test_rounds_end_when_one_cannot_move(functions, pixels):
    options = LBFGSB(iterations=100, evaluations_per_round=20)
    recorder = functions.Recorder(functions.valley)
    outcome = minimize(recorder, START, options, **pixels)
    assert outcome.reason.startswith("the gradient is smaller than 1e-05")
    third, second, last = recorder.points[-3:]
    assert np.array_equal(last, second)  # one evaluation showed it
    assert not np.array_equal(last, third)


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT", "all 9 iterations are done"),
        ("STOP: TOTAL NO. of ITERATIONS REACHED LIMIT", "all 9 iterations are done"),
        ("STOP: TOTAL NO. OF F,G EVALUATIONS EXCEEDS LIMIT", "all 9 rounds are done, each of 20"),
        (
            "STOP: TOTAL NO. of f AND g EVALUATIONS EXCEEDS LIMIT",
            "all 9 rounds are done, each of 20 evaluations",
        ),
        ("CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL", "the gradient is smaller"),
        ("CONVERGENCE: NORM_OF_PROJECTED_GRADIENT_<=_PGTOL", "the gradient is smaller"),
        ("CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH", "the loss changed by less"),
        ("CONVERGENCE: REL_REDUCTION_OF_F_<=_FACTR*EPSMCH", "the loss changed by less"),
        (b"CONVERGENCE: REL_REDUCTION_OF_F_<=_FACTR*EPSMCH", "the loss changed by less"),
        ("ABNORMAL: ", "the line search found no lower point: "),
        ("ABNORMAL_TERMINATION_IN_LNSRCH", "the line search found no lower point: "),
        (b"ABNORMAL_TERMINATION_IN_LNSRCH", "the line search found no lower point: "),
        ("ERROR: N .LE. 0", 'SciPy stopped with the message "ERROR: N .LE. 0"'),
    ],
)
def test_messages_of_old_and_new_scipy_are_put_into_words(task, words):
    assert explain(task, LBFGSB(iterations=9, evaluations_per_round=20)).startswith(words)


def test_more_pixels_than_scipy_counts_are_refused():
    require_indexable(3 * 5350**2, 10, np.dtype(np.int32))
    require_indexable(3 * 8192**2, 10, np.dtype(np.int64))
    with pytest.raises(UsageError, match="28643904 pixels with 10 corrections are more than SciPy"):
        require_indexable(3 * 5352**2, 10, np.dtype(np.int32))
