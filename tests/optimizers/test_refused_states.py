"""States that do not fit are refused in a sentence, and change nothing."""

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.errors import UsageError

from .cases import METHODS, SIZE, Case, checkpoints, finished, require_equal


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


@pytest.mark.parametrize("name", METHODS)
def test_states_that_do_not_fit_are_refused_and_nothing_is_changed(name):
    case = METHODS[name]
    outcome, states = checkpoints(case)
    state, minimizer = states[6], case.new()
    minimizer.restore(states[3])
    for words, bad in (
        ("lacks the arrays iterations", broken(state, iterations=None)),
        ("has the arrays velocity", broken(state, velocity=1.0)),
        (r"has the arrays \?\[2J", broken(state, **{"\x1b[2J": 1.0})),
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
        *(
            ("l-bfgs-b", "isave", lambda s, at=at: broken(s, isave=changed(s["isave"], at, 10**6)))
            for at in (26, 27, 28, 37, 39, 40)  # head, col, itail, nfree, ileave, nenter
        ),
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
