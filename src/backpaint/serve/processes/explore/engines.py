"""One loss and gradient of a run on every engine that runs here, side by side.

All in one process, and in turn: `backpaint compare`, which gives each competitor a process of its
own, measures times better; this looks at the picture that somebody paints.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from msgspec.structs import replace as replace_fields
from numpy.typing import NDArray

from ....check.presets import consistent
from ....compare.processes.contestant import build
from ....compare.subject.competitors import Competitor, absent, competitor
from ....cpu.threads.team import available_processors
from ....engine.objective import Objective
from ....engines import engine_class
from ....errors import BackpaintError
from ....images import Photograph
from ....painting.session import start_from
from ....problem.problem import Problem
from ....problem.recipe import Recipe
from ....reference.engine import Reference
from ....views.colors import HEAT, colored
from ..desk import serve
from ..order import Order
from .parts import as_order, encoded, opened, pixels_of

NAMES = ("reference", "cpu", "gpu/exact", "pytorch/channels_last", "pytorch-cuda/fp32-eager")
"""Of the competitors of `backpaint compare`: a form of each."""
ROUNDS = 3
"""Evaluations of each that are timed, in turn."""

Tell = Callable[[float, str], None]
Evaluate = Callable[[], tuple[float, NDArray[np.float64], dict[str, float]]]


@dataclass
class Row:
    """The result of one engine."""

    name: str
    evaluate: Evaluate | None = None
    told: dict[str, Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    failure: str = ""


def compare(tell: Tell, order: dict[str, Any], picture: str, size: int) -> dict[str, Any]:
    """Compare the engines at a run's picture, shrunk to a size.

    Parameters
    ----------
    tell : callable
        Told which part is done, and what comes next.
    order : dict
        An `Order`, as built-in types.
    picture : str
        A file that its run wrote.
    size : int
        Pixels of the longer side, at most.
    """
    given = as_order(order)
    tell(0.0, "the reference in float64")
    problem = _smaller(given, size)
    x = start_from(Photograph(pixels_of(picture), None, "the picture"), problem)
    exact = Reference(dtype="float64").build(problem).evaluate(x)
    missing = absent(competitor(name).family for name in NAMES)
    rows = [Row(name) for name in NAMES if competitor(name).family not in missing]
    threads = given.threads or available_processors()
    steps = _steps(tell, len(rows) * (1 + ROUNDS))
    for row in rows:
        next(steps)(f"{row.name}: targets and a first evaluation")
        with _failure_noted(row):
            row.evaluate = _evaluator(competitor(row.name), problem, x, threads)
            _judge(row, exact.loss, exact.gradient)
    for turn in range(ROUNDS):
        for row in rows:
            next(steps)(f"round {turn + 1} of {ROUNDS}: {row.name}")
            _time(row)
    return {
        "size": problem.shape[::-1],
        "threads": threads,
        "terms": exact.terms,
        "loss": exact.loss,
        "is_changed": not given.recipe.is_consistent,
        "absent": missing,
        "rows": [_summary(row) for row in rows],
    }


def _smaller(order: Order, size: int) -> Problem:
    """Make a run's problem at a size that a comparison has time for."""
    recipe: Recipe = order.recipe if order.recipe.is_consistent else consistent(order.recipe)
    longer = max(opened(order).prepared.problem.shape)
    images = replace_fields(recipe.images, size=min(size, longer), side="long", short_at_least=None)
    return opened(
        replace_fields(order, recipe=replace_fields(recipe, images=images))
    ).prepared.problem


def _evaluator(one: Competitor, problem: Problem, x: NDArray[np.float64], threads: int) -> Evaluate:
    """Make the function that evaluates once; an engine of ours tells its terms as well."""
    if one.is_library:
        contestant = build(one, problem, threads)

        def of_library() -> tuple[float, NDArray[np.float64], dict[str, float]]:
            loss, gradient = contestant.evaluate(x.ravel())
            return loss, gradient.reshape(x.shape), {}

        return of_library
    options = {"threads": threads} if one.family == "cpu" else {}
    objective: Objective = engine_class(one.family)(**options).build(problem)

    def of_engine() -> tuple[float, NDArray[np.float64], dict[str, float]]:
        evaluation = objective.evaluate(x)
        return evaluation.loss, evaluation.gradient, evaluation.terms

    return of_engine


def _judge(row: Row, loss: float, gradient: NDArray[np.float64]) -> None:
    """Compare loss and gradient with what the reference has in float64."""
    assert row.evaluate is not None
    own_loss, own, terms = row.evaluate()
    apart = np.abs(own - gradient).max(axis=2)
    largest = float(np.abs(gradient).max())
    row.told = {
        "loss": own_loss,
        "terms": terms,
        "loss_error": abs(own_loss - loss) / abs(loss) if loss else abs(own_loss),
        "largest": float(apart.max()),
        "of_largest": float(apart.max()) / largest if largest else 0.0,
        "of_length": float(np.linalg.norm(own - gradient) / (np.linalg.norm(gradient) or 1.0)),
        "image": encoded(colored(apart, float(apart.max()), HEAT)),
    }


def _time(row: Row) -> None:
    if row.evaluate is None or row.failure:
        return
    with _failure_noted(row):
        begin = time.perf_counter()
        row.evaluate()
        row.seconds.append(time.perf_counter() - begin)


def _summary(row: Row) -> dict[str, Any]:
    seconds = median(row.seconds) if row.seconds else None
    return {"name": row.name, "seconds": seconds, "failure": row.failure, **row.told}


def _steps(tell: Tell, count: int) -> Iterator[Callable[[str], None]]:
    """Yield, step by step, who tells what comes next."""
    for number in range(1, count + 1):
        yield lambda text, number=number: tell(number / (count + 1), text)  # type: ignore[misc]


@contextmanager
def _failure_noted(row: Row) -> Iterator[None]:
    """Write down what one engine meets; the others go on."""
    try:
        yield
    except BackpaintError as error:
        row.failure = str(error)
    except Exception as error:  # of a library, whatever it is
        row.failure = f"{type(error).__name__}: {error}".splitlines()[0][:300]


def main() -> None:
    """Answer until the server closes the pipe."""
    serve({}, {"compare": compare})
