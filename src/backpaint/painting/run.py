"""The run itself: an objective, an optimizer, and a watch on every evaluation between them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..engine.objective import Descent, Objective
from ..errors import RunError, UsageError
from ..optimizers import Outcome, minimize
from ..problem.pixels import to_variable
from ..problem.recipe import LBFGSB, Recipe
from .control import Control, Stopped

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
        Whether Ctrl-C ended it, or somebody through its `Control`.
    error : RunError or None
        What ended it, where it failed; `x` is then the last good picture.
    """

    x: Vector
    history: tuple[Record, ...]
    iterations: int
    reason: str
    interrupted: bool = False
    error: RunError | None = None


OptimizerPlace = Literal["auto", "device", "host"]
OnEvaluation = Callable[[Record], None]
OnIteration = Callable[[int, Vector], None]


@dataclass(eq=False)
class _Watch:
    """Stands between optimizer and objective: counts, records, and stops at NaN."""

    objective: Objective
    accepted: Vector
    control: Control
    on_evaluation: OnEvaluation | None
    on_iteration: OnIteration | None
    evaluated: Vector | None = None
    last_good: Vector | None = None
    iteration: int = 0
    history: list[Record] = field(default_factory=list)
    begin: float = field(default_factory=time.perf_counter)

    def evaluate(self, x: Vector) -> tuple[float, Vector]:
        self.control.check()
        evaluation = self.objective.evaluate(x.reshape(self.objective.shape))
        grad_norm = float(np.linalg.norm(evaluation.gradient))
        self.require_finite(evaluation.loss, grad_norm, lambda: x)
        self.evaluated = x.copy()
        self._settle()
        self.record(evaluation.loss, evaluation.terms, grad_norm)
        return evaluation.loss, evaluation.gradient.ravel()

    def require_finite(self, loss: float, grad_norm: float, picture: Callable[[], Vector]) -> None:
        """Raise RunError, with the place where it began, if a number is NaN or infinite."""
        if np.isfinite(loss) and np.isfinite(grad_norm):
            return
        where = self.objective.first_non_finite(picture().reshape(self.objective.shape))
        raise RunError(
            f"evaluation {len(self.history) + 1} met NaN or infinity, first in {where}; "
            "try a smaller rate, smaller weights or dtype float64"
        )

    def record(self, loss: float, terms: dict[str, float], grad_norm: float) -> None:
        """Add an evaluation to the history, and tell who listens."""
        record = Record(
            evaluation=len(self.history) + 1,
            iteration=self.iteration,
            loss=loss,
            terms=terms,
            grad_norm=grad_norm,
            seconds=time.perf_counter() - self.begin,
        )
        self.history.append(record)
        if self.on_evaluation is not None:
            self.on_evaluation(record)

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
    control: Control | None = None,
    on_evaluation: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
    optimizer_on: OptimizerPlace = "auto",
) -> Result:
    """Minimize an objective with its recipe's optimizer.

    Parameters
    ----------
    objective : Objective
        Of any engine.
    x0 : (N,) ndarray of float64
        The start, flat; see `Objective.initial`.
    control : Control, optional
        Pauses and stops the run from elsewhere; looked at before each evaluation.
    on_evaluation : callable, optional
        Called with the `Record` of each evaluation.
    on_iteration : callable, optional
        Called with the number of each finished iteration and the flat picture.
    optimizer_on : {"auto", "device", "host"}
        Where the optimizer runs: on the engine's device, where nothing but numbers need to leave
        it; on the host; ``auto``: on the device if it has this optimizer.

    Returns
    -------
    Result
        Also of a run that was stopped, and after NaN or infinity: then with the last good picture.

    Raises
    ------
    UsageError
        If the recipe's loss is not the function whose gradient it returns, and the optimizer has
        a line search, which would compare the two; or if the optimizer shall run on a device that
        does not have it.
    """
    recipe = objective.problem.recipe
    require_consistency(recipe)
    black, white = (
        np.broadcast_to(to_variable(np.full(3, value), recipe.variable), objective.shape).ravel()
        for value in (0.0, 255.0)
    )
    watch = _Watch(objective, x0.copy(), control or Control(), on_evaluation, on_iteration)
    descent = None if optimizer_on == "host" else objective.descent()
    if descent is None and optimizer_on == "device":
        if recipe.color.luma:
            raise UsageError(
                "color.luma paints on gray pictures, which no optimizer on a device does; choose "
                "optimizer-on host"
            )
        raise UsageError(
            "this engine does not run this optimizer on a device (the engine gpu has adam, and "
            "l-bfgs-b without bounds); choose optimizer-on host"
        )
    try:
        if descent is not None:
            outcome = _descend(descent, x0, watch)
        else:
            with objective.during_descent():
                outcome = minimize(
                    watch.evaluate,
                    x0,
                    recipe.optimizer,
                    black=black,
                    white=white,
                    callback=watch.finish_iteration,
                )
    except KeyboardInterrupt:
        reason = watch.control.reason or "it was interrupted"
        return _unfinished(watch, reason, interrupted=True)
    except Stopped as stopped:
        return _unfinished(watch, str(stopped), interrupted=True)
    except RunError as error:
        return _unfinished(watch, str(error), error=error)
    return Result(outcome.x, tuple(watch.history), outcome.iterations, outcome.reason)


def _descend(descent: Descent, x0: Vector, watch: _Watch) -> Outcome:
    """Run a minimization on a device, and watch it from here."""

    def on_evaluation(terms: dict[str, float], grad_norm: float) -> None:
        loss = sum(terms.values())
        watch.require_finite(loss, grad_norm, descent.picture)
        watch.record(loss, terms, grad_norm)

    def on_move(iteration: int) -> None:
        watch.iteration = iteration
        if watch.on_iteration is not None:
            watch.on_iteration(iteration, descent.picture())

    try:
        return descent.run(x0, on_evaluation, on_move, watch.control.check)
    except (KeyboardInterrupt, RunError, Stopped):
        watch.last_good = descent.last_good()
        raise


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
