"""The run itself: an objective, an optimizer, and a watch on every evaluation between them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .engine import Objective
from .errors import RunError, UsageError
from .optimizers import minimize
from .pixels import to_variable
from .recipe import LBFGSB, Recipe

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Record:
    """What is known of one evaluation.

    Attributes
    ----------
    evaluation : int
        Its number, from 1.
    iteration : int
        How many iterations the optimizer had finished before it.
    loss : float
    terms : dict of str to float
        Weighted terms; their sum is the loss.
    grad_norm : float
        Euclidean length of the gradient with respect to the variable.
    seconds : float
        Since the start of the run.
    """

    evaluation: int
    iteration: int
    loss: float
    terms: dict[str, float]
    grad_norm: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Result:
    """How a run ended.

    Attributes
    ----------
    x : (N,) ndarray of float64
        The picture to keep, flat, in units of the variable.
    history : tuple of Record
        All evaluations.
    iterations : int
        Finished iterations.
    reason : str
        Why it stopped, in words.
    interrupted : bool
        Whether Ctrl-C ended it.
    error : RunError or None
        What ended it, where it failed; `x` is then the last good picture.
    """

    x: Vector
    history: tuple[Record, ...]
    iterations: int
    reason: str
    interrupted: bool = False
    error: RunError | None = None


OnEvaluation = Callable[[Record], None]
OnIteration = Callable[[int, Vector], None]


@dataclass(eq=False)
class _Watch:
    """Stands between optimizer and objective: counts, records, and stops at NaN."""

    objective: Objective
    accepted: Vector
    on_evaluation: OnEvaluation | None
    on_iteration: OnIteration | None
    evaluated: Vector | None = None
    last_good: Vector | None = None
    iteration: int = 0
    history: list[Record] = field(default_factory=list)
    begin: float = field(default_factory=time.perf_counter)

    def evaluate(self, x: Vector) -> tuple[float, Vector]:
        picture = x.reshape(self.objective.shape)
        evaluation = self.objective.evaluate(picture)
        grad_norm = float(np.linalg.norm(evaluation.gradient))
        if not (np.isfinite(evaluation.loss) and np.isfinite(grad_norm)):
            where = self.objective.first_non_finite(picture)
            raise RunError(
                f"evaluation {len(self.history) + 1} met NaN or infinity, first in {where}; "
                "try a smaller rate, smaller weights or dtype float64"
            )
        record = Record(
            evaluation=len(self.history) + 1,
            iteration=self.iteration,
            loss=evaluation.loss,
            terms=evaluation.terms,
            grad_norm=grad_norm,
            seconds=time.perf_counter() - self.begin,
        )
        self.history.append(record)
        self.evaluated = x.copy()
        self._settle()
        if self.on_evaluation is not None:
            self.on_evaluation(record)
        return evaluation.loss, evaluation.gradient.ravel()

    def finish_iteration(self, iteration: int, x: Vector) -> None:
        self.iteration = iteration
        self.accepted = x.copy()
        self._settle()
        if self.on_iteration is not None:
            self.on_iteration(iteration, x)

    def _settle(self) -> None:
        """Keep the accepted picture once its loss is known: a line search also tries bad ones."""
        if self.evaluated is not None and np.array_equal(self.accepted, self.evaluated):
            self.last_good = self.accepted


def run(
    objective: Objective,
    x0: Vector,
    *,
    on_evaluation: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
) -> Result:
    """Minimize an objective with its recipe's optimizer.

    Parameters
    ----------
    objective : Objective
        Of any engine.
    x0 : (N,) ndarray of float64
        The start, flat; see `Objective.initial`.
    on_evaluation : callable, optional
        Called with the `Record` of each evaluation.
    on_iteration : callable, optional
        Called with the number of each finished iteration and the flat picture.

    Returns
    -------
    Result
        Also after Ctrl-C, and after NaN or infinity: then with the last good picture.

    Raises
    ------
    UsageError
        If the recipe's loss is not the function whose gradient it returns, and the optimizer has
        a line search, which would compare the two.
    """
    recipe = objective.problem.recipe
    require_consistency(recipe)
    black, white = (
        np.broadcast_to(to_variable(np.full(3, value), recipe.variable), objective.shape).ravel()
        for value in (0.0, 255.0)
    )
    watch = _Watch(objective, x0.copy(), on_evaluation, on_iteration)
    try:
        outcome = minimize(
            watch.evaluate,
            x0,
            recipe.optimizer,
            black=black,
            white=white,
            callback=watch.finish_iteration,
        )
    except KeyboardInterrupt:
        return _unfinished(watch, "it was interrupted", interrupted=True)
    except RunError as error:
        return _unfinished(watch, str(error), error=error)
    return Result(outcome.x, tuple(watch.history), outcome.iterations, outcome.reason)


def require_consistency(recipe: Recipe) -> None:
    """Raise UsageError if a line search would compare losses that the gradient does not follow."""
    if isinstance(recipe.optimizer, LBFGSB) and not recipe.is_consistent:
        raise UsageError(
            f"the recipe {recipe.name} follows a gradient that is not that of its loss, which "
            "confuses the line search of l-bfgs-b; choose optimizer.method l-bfgs, adam or "
            "gradient-descent"
        )


def _unfinished(
    watch: _Watch, reason: str, *, interrupted: bool = False, error: RunError | None = None
) -> Result:
    """Keep what there is of a run that did not end by itself."""
    history = tuple(watch.history)
    last_good = watch.accepted if watch.last_good is None else watch.last_good
    return Result(last_good, history, watch.iteration, reason, interrupted, error)
