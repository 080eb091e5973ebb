"""A run that is kept, and continued from what was kept, is the unbroken run, to the bit."""

import io
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import pytest
import scipy
from msgspec.structs import replace
from threadpoolctl import threadpool_limits

from backpaint import optimizers
from backpaint.errors import RunError, UsageError
from backpaint.optimizers import scipy_setulb, scipy_solver
from backpaint.optimizers.vector_free import HostLBFGS
from backpaint.problem.recipe import LBFGS, LBFGSB, Adam, GradientDescent

SIZE = 501
START = np.random.default_rng(0).uniform(-1.5, 1.5, SIZE)
BLACK, WHITE = np.full(SIZE, -1.0), np.full(SIZE, 1.2)


def rosenbrock(x):
    a = x[1:] - x[:-1] ** 2
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * x[:-1] * a - 2 * (1 - x[:-1])
    gradient[1:] += 200 * a
    return float((100 * a**2 + (1 - x[:-1]) ** 2).sum()), gradient


def with_kinks(x):
    """Curvature is negative in places, so that pairs are skipped and line searches are long."""
    loss = np.sin(3 * x).sum() + (x**2).sum() / 10 + np.abs(x).sum()
    return float(loss), 3 * np.cos(3 * x) + x / 5 + np.sign(x)


def bowl(x):
    return float(x @ x), 2 * x


def deceitful(x):
    """Say that it falls where it climbs, below a loss that `rosenbrock` soon reaches."""
    loss, gradient = rosenbrock(x)
    return loss, gradient if loss > 5000 else -gradient


@dataclass(frozen=True)
class Case:
    """A method with its options, on a function."""

    options: object
    function: Callable = rosenbrock
    history: str | None = None

    def new(self, objective=None, iterations=None, callback=None):
        options = (
            self.options if iterations is None else replace(self.options, iterations=iterations)
        )
        objective = objective or self.function
        if self.history is not None:
            return HostLBFGS(objective, options, callback=callback, history=self.history)
        return optimizers.minimizer(objective, options, black=BLACK, white=WHITE, callback=callback)


class Interrupted:
    """A function whose evaluation of some number fails, once."""

    def __init__(self, function, number, error):
        self.function, self.number, self.error, self.calls = function, number, error, 0

    def __call__(self, x):
        self.calls += 1
        if self.calls == self.number:
            raise self.error("in the middle")
        return self.function(x)


METHODS = {
    "gradient descent": Case(GradientDescent(iterations=25, rate=1e-4)),
    "gradient descent, decay, normalized, clip": Case(
        GradientDescent(
            iterations=25,
            rate=0.02,
            decay=0.9,
            decay_steps=3,
            normalize="mean-absolute",
            clip="pixels",
        )
    ),
    "adam": Case(Adam(iterations=25, rate=0.02)),
    "adam, hat, clip": Case(Adam(iterations=25, rate=0.2, epsilon_form="hat", clip="pixels")),
    "l-bfgs": Case(LBFGS(iterations=30)),
    "l-bfgs, 3 pairs, steps of 7": Case(
        LBFGS(iterations=30, corrections=3, iterations_per_step=7, evaluations_per_step=5)
    ),
    "l-bfgs, one long step, clip": Case(
        LBFGS(iterations=30, iterations_per_step=1000, evaluations_per_step=1250, clip="pixels")
    ),
    "l-bfgs-b": Case(LBFGSB(iterations=30)),
    "l-bfgs-b, bounds": Case(LBFGSB(iterations=30, bounds="pixels")),
    "l-bfgs-b, kinks": Case(LBFGSB(iterations=30, corrections=3), with_kinks),
    "l-bfgs-b, rounds": Case(LBFGSB(iterations=4, evaluations_per_round=7)),
    "l-bfgs-b, rounds, bounds": Case(
        LBFGSB(iterations=4, evaluations_per_round=7, bounds="pixels")
    ),
    "vector-free": Case(LBFGSB(iterations=30), history="float64"),
    "vector-free, float32": Case(LBFGSB(iterations=30), history="float32"),
    "vector-free, kinks": Case(LBFGSB(iterations=30, corrections=3), with_kinks, "float64"),
    "vector-free, rounds": Case(LBFGSB(iterations=4, evaluations_per_round=7), history="float32"),
}
ENDINGS = {
    "no gradient, descent": Case(GradientDescent(iterations=9, rate=0.5), bowl),
    "no gradient, adam": Case(
        Adam(iterations=9, rate=1.0, beta1=0.0), lambda x: (0.0, np.zeros(x.size))
    ),
    "no gradient, l-bfgs": Case(LBFGS(iterations=90, change_tolerance=0), bowl),
    "no move, l-bfgs": Case(LBFGS(iterations=90, change_tolerance=1e-2), with_kinks),
    "little change": Case(LBFGSB(iterations=90, factr=1e14)),
    "little change, vector-free": Case(LBFGSB(iterations=90, factr=1e14), history="float64"),
    "small gradient": Case(LBFGSB(iterations=90, pgtol=1e-3), bowl),
    "small gradient, vector-free": Case(LBFGSB(iterations=90, pgtol=1e-3), bowl, "float32"),
    "no lower point": Case(LBFGSB(iterations=90), deceitful),
    "no lower point, vector-free": Case(LBFGSB(iterations=90), deceitful, "float64"),
    "a round that cannot move": Case(LBFGSB(iterations=90, evaluations_per_round=9, pgtol=1), bowl),
}
ALL = METHODS | ENDINGS
by_name = pytest.mark.parametrize("name", METHODS)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Keep BLAS from waking threads for a few hundred numbers."""
    with threadpool_limits(1, "blas"):
        yield


def through_a_file(state):
    """Write a state as a file's bytes, and read them."""
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def finished(minimizer):
    while minimizer.step():
        pass
    return minimizer.outcome()


def require_equal(actual, expected):
    """Compare all fields of two outcomes, bit by bit."""
    for field in fields(expected):
        one, other = getattr(actual, field.name), getattr(expected, field.name)
        assert np.array_equal(one, other), (field.name, one, other)


def checkpoints(case):
    """Run from beginning to end; return the outcome, and the states before each step and after."""
    minimizer, states = case.new(), []
    minimizer.start(START)
    states.append(through_a_file(minimizer.state()))
    while minimizer.step():
        states.append(through_a_file(minimizer.state()))
    states.append(through_a_file(minimizer.state()))
    return minimizer.outcome(), states


@pytest.mark.parametrize("name", ALL)
def test_every_checkpoint_continues_to_the_same_bits(name):
    case = ALL[name]
    outcome, states = checkpoints(case)
    assert len(states) == outcome.iterations + 2
    assert all(array.dtype.kind in "fiu" for array in states[-1].values())
    for state in states:
        again = case.new()
        again.restore(state)
        require_equal(finished(again), outcome)


@pytest.mark.parametrize("name", ALL)
def test_a_state_from_the_end_ends_at_once(name):
    case = ALL[name]
    outcome, states = checkpoints(case)
    for state in states[-2:]:

        def objective(x):
            pytest.fail("nothing is left to evaluate")

        again = case.new(objective if state is states[-1] else None)
        again.restore(state)
        assert not again.step()
        require_equal(again.outcome(), outcome)


@by_name
def test_whichever_evaluation_is_interrupted_is_made_again(name):
    case = METHODS[name]
    outcome, _ = checkpoints(case)
    for number in range(1, outcome.evaluations + 1):
        error = (KeyboardInterrupt, RunError)[number % 2]
        minimizer = case.new(Interrupted(case.function, number, error))
        minimizer.start(START)
        with pytest.raises(error, match="in the middle"):
            finished(minimizer)
        elsewhere = case.new()
        elsewhere.restore(through_a_file(minimizer.state()))
        require_equal(finished(elsewhere), outcome)
        require_equal(finished(minimizer), outcome)


@by_name
def test_what_a_callback_interrupts_has_been_done(name):
    case = METHODS[name]
    _, states = checkpoints(case)

    def callback(iteration, x):
        if iteration == 5:
            raise KeyboardInterrupt

    minimizer = case.new(callback=callback)
    minimizer.start(START)
    with pytest.raises(KeyboardInterrupt):
        finished(minimizer)
    state = minimizer.state()
    assert all(np.array_equal(state[key], states[5][key], equal_nan=True) for key in states[5])


@by_name
def test_a_run_can_be_extended(name):
    case = METHODS[name]
    outcome, _ = checkpoints(case)
    total = case.options.iterations
    for iterations in (1, total // 2, total - 1):
        short, longer = case.new(iterations=iterations), case.new()
        short.start(START)
        has_less = finished(short).iterations < outcome.iterations
        assert has_less or iterations > 1
        longer.restore(through_a_file(short.state()))
        require_equal(finished(longer), outcome)


def broken(state, **changes):
    state = dict(state)
    for name, array in changes.items():
        if array is None:
            del state[name]
        else:
            state[name] = np.asarray(array)
    return state


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


@by_name
def test_states_that_do_not_fit_are_refused_and_nothing_is_changed(name):
    case = METHODS[name]
    outcome, states = checkpoints(case)
    state, minimizer = states[6], case.new()
    minimizer.restore(states[3])
    for words, bad in (
        ("lacks the arrays iterations", broken(state, iterations=None)),
        ("has the arrays velocity", broken(state, velocity=1.0)),
        ("no array x", broken(state, x=None)),
        (r"an array x of shape \(1, 501\)", broken(state, x=state["x"][None])),
        ("of shape|of a picture of 500 values", broken(state, x=state["x"][:-1])),
        ("x is int64", broken(state, x=np.zeros(SIZE, np.int64))),
        ("iterations is float64", broken(state, iterations=3.0)),
        ("iterations is -1", broken(state, iterations=np.int64(-1))),
        ("x has NaN or infinity", broken(state, x=changed(state["x"], 3, np.nan))),
    ):
        with pytest.raises(UsageError, match=words):
            minimizer.restore(bad)
    require_equal(finished(minimizer), outcome)


@pytest.mark.parametrize(
    ("name", "words", "change"),
    [
        ("l-bfgs", "ending is 9", lambda s: broken(s, ending=np.int64(9))),
        ("l-bfgs", "s0 has NaN", lambda s: broken(s, s0=changed(s["s0"], 0, np.inf))),
        ("vector-free", "slots are", lambda s: broken(s, slots=changed(s["slots"], 1, 0))),
        ("vector-free", "slots are", lambda s: broken(s, slots=changed(s["slots"], 1, 10))),
        ("l-bfgs-b", "isave", lambda s: broken(s, isave=changed(s["isave"], 4, 10**6))),
        ("l-bfgs-b", "isave", lambda s: broken(s, isave=changed(s["isave"], 26, 11))),
        ("l-bfgs-b, bounds", "iwa", lambda s: broken(s, iwa=changed(s["iwa"], 9, 10**6))),
    ],
)
def test_indices_that_lead_astray_are_refused(name, words, change):
    _, states = checkpoints(METHODS[name])
    minimizer = METHODS[name].new()
    minimizer.restore(states[6])
    with pytest.raises(UsageError, match=words):
        minimizer.restore(change(states[6]))


def test_a_state_has_no_more_pairs_than_the_method():
    _, states = checkpoints(METHODS["l-bfgs"])
    options = replace(METHODS["l-bfgs"].options, corrections=3)
    with pytest.raises(UsageError, match="pairs; expected 3 at most"):
        Case(options).new().restore(states[9])


def test_a_run_is_told_to_be_unfinished():
    minimizer = METHODS["adam"].new()
    minimizer.start(START)
    minimizer.step()
    assert minimizer.outcome().reason == "it has not ended"
    assert minimizer.outcome().iterations == 1


class TestWithoutTheStateOfSciPy:
    """Where SciPy's solver is not what it was, SciPy still runs, in one piece."""

    @pytest.fixture(autouse=True)
    def _hidden(self, monkeypatch):
        monkeypatch.setattr(optimizers, "usable_layout", lambda: None)

    @pytest.mark.parametrize("name", [name for name in METHODS if name.startswith("l-bfgs-b")])
    def test_it_paints_the_same(self, name, monkeypatch):
        case, calls, whole_calls = METHODS[name], [], []
        whole = case.new(callback=lambda k, x: calls.append((k, x)))
        whole.start(START)
        assert not whole.step()
        monkeypatch.undo()
        stepwise = case.new(callback=lambda k, x: whole_calls.append((k, x)))
        stepwise.start(START)
        require_equal(whole.outcome(), finished(stepwise))
        assert [k for k, _ in calls] == [k for k, _ in whole_calls]
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(calls, whole_calls, strict=True))

    def test_it_says_which_scipy_has_no_state(self):
        minimizer = METHODS["l-bfgs-b"].new()
        minimizer.start(START)
        words = f"SciPy {scipy.__version__} hides .* expected SciPy 1.11 to 1.18"
        with pytest.raises(UsageError, match=words):
            minimizer.state()
        with pytest.raises(UsageError, match=words):
            minimizer.restore({})

    def test_scipy_does_not_swallow_stop_iteration(self):
        def callback(number, x):
            raise StopIteration

        minimizer = METHODS["l-bfgs-b"].new(callback=callback)
        minimizer.start(START)
        with pytest.raises(RuntimeError, match="StopIteration"):
            minimizer.step()


def test_a_solver_that_gives_other_bits_is_not_used(monkeypatch):
    def lying(self, *arguments):
        call(self, *arguments)
        arguments[0][1][0] = np.nextafter(arguments[0][1][0], 9.0)

    layout = scipy_solver.usable_layout()
    call = type(layout).call
    monkeypatch.setattr(type(layout), "call", lying)
    assert scipy_solver.usable_layout.__wrapped__() is None


def test_a_solver_that_is_gone_is_not_used(monkeypatch):
    from scipy.optimize import _lbfgsb

    monkeypatch.delattr(_lbfgsb, "setulb")
    assert not any(map(scipy_solver._gives_its_bits, scipy_setulb.possible_layouts()))
    assert scipy_solver.usable_layout.__wrapped__() is None
