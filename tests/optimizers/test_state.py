"""A run that is kept, and continued from what was kept, is the unbroken run, to the bit."""

import numpy as np
import pytest

from backpaint.errors import RunError

from .cases import ALL, METHODS, START, checkpoints, finished, require_equal, through_a_file

LIKE_OTHERS = {
    "gradient descent", "adam", "l-bfgs, float32 history", "l-bfgs, one long step, clip",
    "l-bfgs, search", "l-bfgs, search, one long step", "l-bfgs-b, kinks", "l-bfgs-b, rounds",
    "vector-free", "vector-free, kinks",
}  # fmt: skip
"""Variants that add nothing to another one here; all of them continue from every checkpoint."""

by_name = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in LIKE_OTHERS)) for name in METHODS],
)


class Interrupted:
    """A function whose evaluation of some number fails, once."""

    def __init__(self, function, number, error):
        self.function, self.number, self.error, self.calls = function, number, error, 0

    def __call__(self, x):
        self.calls += 1
        if self.calls == self.number:
            raise self.error("in the middle")
        return self.function(x)


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
        accepted = []
        minimizer = case.new(
            Interrupted(case.function, number, error),
            callback=lambda _, x, accepted=accepted: accepted.append(x),
        )
        minimizer.start(START)
        accepted.append(minimizer.outcome().x)
        with pytest.raises(error, match="in the middle"):
            finished(minimizer)
        assert np.array_equal(minimizer.outcome().x, accepted[-1])
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


def test_a_run_is_told_to_be_unfinished():
    minimizer = METHODS["adam"].new()
    minimizer.start(START)
    minimizer.step()
    assert minimizer.outcome().reason == "it has not ended"
    assert minimizer.outcome().iterations == 1
