"""A minimization on the device that is kept and continued is the unbroken one, to the bit."""

import io

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.errors import RunError, UsageError
from backpaint.gpu import GPUObjective
from backpaint.gpu.descent.adam import DeviceAdam
from backpaint.gpu.device.vectors import DeviceVectors
from backpaint.optimizers.vector_free import VectorFreeLBFGS
from backpaint.presets import load_preset
from backpaint.problem.recipe import LBFGSB, Adam

from ...problems import make_problem
from ..device_copy import DeviceCopy
from .test_lbfgs import rosenbrock, with_kinks

pytestmark = pytest.mark.usefixtures("emulated")

BLACK, WHITE = (-1.0, -0.5, 0.0), (0.5, 1.0, 1.5)
START = np.random.default_rng(4).normal(size=48)
OPTIONS = {
    "l-bfgs": LBFGSB(iterations=7, corrections=3),
    "l-bfgs, rounds": LBFGSB(iterations=3, evaluations_per_round=5, corrections=2),
    "adam": Adam(iterations=6, rate=0.1),
    "adam, hat, clip": Adam(iterations=6, rate=0.1, epsilon_form="hat", clip="pixels"),
}
by_name = pytest.mark.parametrize("name", OPTIONS)


def minimizer(options, function=rosenbrock, dtype=np.float32):
    """Make the optimizer of a function of the host; its point begins somewhere else."""
    copy = DeviceCopy(function, np.zeros(START.size), dtype)
    if isinstance(options, Adam):
        return DeviceAdam(copy, options, black=BLACK, white=WHITE)
    return VectorFreeLBFGS(copy, DeviceVectors(START.size, dtype, 7), options)


def through_a_file(state):
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def told(outcome):
    return outcome.x.tolist(), outcome.loss, outcome.iterations, outcome.evaluations, outcome.reason


def finished(descent):
    while descent.step():
        pass
    return told(descent.outcome())


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        pytest.param(
            *(name, dtype),
            marks=[pytest.mark.slow] * ("rounds" in name and dtype is np.float64),
        )
        for name in OPTIONS
        for dtype in (np.float32, np.float64)
    ],
)
def test_every_checkpoint_continues_to_the_same_bits(name, dtype):
    options, function = OPTIONS[name], with_kinks if name == "l-bfgs" else rosenbrock
    whole, states = minimizer(options, function, dtype), []
    whole.start(START)
    states.append(through_a_file(whole.state()))
    while whole.step():
        states.append(through_a_file(whole.state()))
    outcome = told(whole.outcome())
    assert len(states) == outcome[2] + 1 >= 7
    for state in states:
        again = minimizer(options, function, dtype)
        again.restore(state)
        assert finished(again) == outcome


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * ("rounds" in name)) for name in OPTIONS],
)
def test_whichever_evaluation_is_interrupted_is_made_again(name):
    """With rounds by default on the host's vectors alone: `tests/optimizers/test_state.py`."""
    options = OPTIONS[name]
    whole = minimizer(options)
    whole.start(START)
    outcome = finished(whole)
    for number in range(outcome[3]):
        calls = []

        def function(x, calls=calls, number=number):
            calls.append(x)
            if len(calls) == number + 1:
                raise KeyboardInterrupt
            return rosenbrock(x)

        broken, elsewhere = minimizer(options, function), minimizer(options)
        broken.start(START)
        with pytest.raises(KeyboardInterrupt):
            finished(broken)
        elsewhere.restore(through_a_file(broken.state()))
        assert finished(elsewhere) == outcome
        assert finished(broken) == outcome


@by_name
def test_states_that_do_not_fit_are_refused(name):
    descent = minimizer(OPTIONS[name])
    descent.start(START)
    descent.step()
    state = descent.state()
    for words, changes in {
        "x is float64": {"x": state["x"].astype(np.float64)},
        "of shape": {"x": state["x"][:-3]},
        "has the arrays velocity": {"velocity": np.zeros(3)},
    }.items():
        with pytest.raises(UsageError, match=words):
            descent.restore(state | changes)


def painted(optimizer):
    """Make an objective of two convolutions in float16, whose scales the start decides."""
    recipe = load_preset("gatys")
    recipe = replace(
        recipe,
        content=replace(recipe.content, layers={"relu1_1": 1.0}),
        style=replace(recipe.style, layers={"relu1_2": 1.0}),
        optimizer=optimizer,
    )
    return GPUObjective(make_problem(recipe, (9, 8), styles=((8, 9),)), "fast")


def ignore(*told):
    pass


@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param(LBFGSB(iterations=4), id="l-bfgs-b"),
        pytest.param(Adam(iterations=4, rate=60.0), id="adam", marks=pytest.mark.slow),
    ],
)
def test_a_painting_is_continued_on_another_objective(optimizer):
    x0 = np.random.default_rng(1).normal(size=9 * 8 * 3)
    outcome = told(painted(optimizer).descent().run(x0, ignore, ignore))

    def interrupt(terms, length):
        evaluations.append(terms)
        if len(evaluations) == 4:
            raise RunError("in the middle")

    evaluations, first = [], painted(optimizer).descent()
    with pytest.raises(RunError):
        first.run(x0, interrupt, ignore)
    state, moves = through_a_file(first.state()), []
    elsewhere = painted(optimizer)
    elsewhere.evaluate(64.0 * x0.reshape(elsewhere.shape))
    assert not np.array_equal(elsewhere.scales(), state["scales"])
    second = elsewhere.descent()
    second.listen(ignore, moves.append)
    second.restore(state)
    assert np.array_equal(second.picture(), state["x"])
    good = second.last_good()
    if isinstance(optimizer, LBFGSB):
        assert np.array_equal(good, first.last_good())
    else:  # the loss of a move of Adam is known with the next evaluation
        assert good is None
    assert finished(second) == outcome
    assert moves == list(range(int(state["iterations"]) + 1, 5))
