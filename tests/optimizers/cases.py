"""Every optimizer in every variant, on functions that are quick, and how a run of it is kept."""

import io
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from msgspec.structs import replace

from backpaint import optimizers
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


METHODS = {
    "gradient descent": Case(GradientDescent(iterations=12, rate=1e-4)),
    "gradient descent, decay, normalized, clip": Case(
        GradientDescent(
            iterations=12,
            rate=0.02,
            decay=0.9,
            decay_steps=3,
            normalize="mean-absolute",
            clip="pixels",
        )
    ),
    "adam": Case(Adam(iterations=12, rate=0.02)),
    "adam, hat, clip": Case(Adam(iterations=12, rate=0.2, epsilon_form="hat", clip="pixels")),
    "adam, average": Case(Adam(iterations=12, rate=0.02, average=0.9)),
    "gradient descent, average, clip": Case(
        GradientDescent(iterations=12, rate=1e-4, average=0.5, clip="pixels")
    ),
    "l-bfgs": Case(LBFGS(iterations=14)),
    "l-bfgs, float32 history": Case(LBFGS(iterations=14, corrections=5, history="float32")),
    "l-bfgs-b, float32 history": Case(LBFGSB(iterations=12, history="float32")),
    "l-bfgs, 3 pairs, steps of 7": Case(
        LBFGS(iterations=14, corrections=3, iterations_per_step=7, evaluations_per_step=5)
    ),
    "l-bfgs, one long step, clip": Case(
        LBFGS(iterations=14, iterations_per_step=1000, evaluations_per_step=1250, clip="pixels")
    ),
    "l-bfgs, search": Case(LBFGS(iterations=14, line_search="strong-wolfe")),
    "l-bfgs, search, kinks, steps of 7": Case(
        LBFGS(
            iterations=14,
            corrections=3,
            iterations_per_step=7,
            evaluations_per_step=9,
            line_search="strong-wolfe",
        ),
        with_kinks,
    ),
    "l-bfgs, search, one long step": Case(
        LBFGS(
            iterations=14,
            iterations_per_step=1000,
            evaluations_per_step=1250,
            line_search="strong-wolfe",
        )
    ),
    "l-bfgs-b": Case(LBFGSB(iterations=14)),
    "l-bfgs-b, bounds": Case(LBFGSB(iterations=14, bounds="pixels")),
    "l-bfgs-b, kinks": Case(LBFGSB(iterations=14, corrections=3), with_kinks),
    "l-bfgs-b, rounds": Case(LBFGSB(iterations=4, evaluations_per_round=7)),
    "l-bfgs-b, rounds, bounds": Case(
        LBFGSB(iterations=4, evaluations_per_round=7, bounds="pixels")
    ),
    "vector-free": Case(LBFGSB(iterations=14), history="float64"),
    "vector-free, float32": Case(LBFGSB(iterations=14), history="float32"),
    "vector-free, kinks": Case(LBFGSB(iterations=14, corrections=3), with_kinks, "float64"),
    "vector-free, rounds": Case(LBFGSB(iterations=4, evaluations_per_round=7), history="float32"),
}
ENDINGS = {
    "no gradient, descent": Case(GradientDescent(iterations=9, rate=0.5), bowl),
    "no gradient, adam": Case(
        Adam(iterations=9, rate=1.0, beta1=0.0), lambda x: (0.0, np.zeros(x.size))
    ),
    "no gradient, l-bfgs": Case(LBFGS(iterations=90, change_tolerance=0), bowl),
    "no gradient, l-bfgs, search": Case(LBFGS(iterations=90, line_search="strong-wolfe"), bowl),
    "no lower point, l-bfgs, search": Case(
        LBFGS(iterations=90, change_tolerance=0, line_search="strong-wolfe"), deceitful
    ),
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
