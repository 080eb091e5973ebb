"""The run itself: an objective, an optimizer, and a watch on every evaluation between them."""

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..engine.objective import Descent, Objective
from ..errors import RunError, UsageError
from ..optimizers import Minimizer, Outcome, minimizer
from ..optimizers.contract import NOT_ENDED
from ..problem.pixels import to_variable
from ..problem.recipe import LBFGSB, Recipe
from .control import Control, Stopped
from .standing import Keeper, Standing
from .standing import Record as Record
from .watch import OnEvaluation as OnEvaluation
from .watch import OnIteration as OnIteration
from .watch import Watch

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Result:
    """The end of a run.

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


def run(
    objective: Objective,
    begin: Vector | Standing,
    *,
    control: Control | None = None,
    on_evaluation: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
    optimizer_on: OptimizerPlace = "auto",
    keeper: Keeper | None = None,
) -> Result:
    """Minimize an objective with its recipe's optimizer.

    Parameters
    ----------
    objective : Objective
        Of any engine.
    begin : (N,) ndarray of float64, or Standing
        The start, flat (see `Objective.initial`); or where another run of the same problem stood,
        to go on to the same bits.
    control : Control, optional
        Pauses and stops the run from elsewhere; looked at before each evaluation.
    on_evaluation : callable, optional
        Called with the `Record` of each evaluation.
    on_iteration : callable, optional
        Called with the number of each finished iteration and the flat picture.
    optimizer_on : {"auto", "device", "host"}
        Where the optimizer runs: on the engine's device, where nothing but numbers need to leave
        it; on the host; ``auto``: on the device if it has this optimizer.
    keeper : Keeper, optional
        Keeps where the run stands: at a start, whenever it is due, and at the end, whatever ends
        it.

    Returns
    -------
    Result
        Also of a run that was stopped, and after NaN or infinity: then with the last good picture.

    Raises
    ------
    UsageError
        If the recipe's loss is not the function whose gradient it returns, and the optimizer has
        a line search, which would compare the two; if the optimizer is to run on a device that
        does not have it; or if a state does not fit.
    """
    require_consistency(objective.problem.recipe)
    start = begin.picture if isinstance(begin, Standing) else begin
    watch = Watch(objective, start.copy(), control or Control(), on_evaluation, on_iteration)
    descent = None if optimizer_on == "host" else objective.descent()
    if descent is None and optimizer_on == "device":
        if objective.gray is not None:
            raise UsageError(
                "color.luma paints on gray pictures, which no optimizer on a device does; choose "
                "optimizer-on host"
            )
        raise UsageError(
            "this engine does not run this optimizer on a device (the engine gpu has adam, and "
            "l-bfgs-b without bounds); choose optimizer-on host"
        )
    chosen = _on_host(objective, watch) if descent is None else _on_device(descent, watch)
    return _Run(chosen, watch, keeper, descent).to_the_end(begin)


def _on_host(objective: Objective, watch: Watch) -> Minimizer:
    """Choose the recipe's optimizer, and watch what it evaluates."""
    recipe = objective.problem.recipe
    black, white = (
        np.broadcast_to(to_variable(np.full(3, value), recipe.variable), objective.shape).ravel()
        for value in (0.0, 255.0)
    )
    return minimizer(
        watch.evaluate,
        recipe.optimizer,
        black=black,
        white=white,
        callback=watch.finish_iteration,
        scratch=objective.scratch,
    )


def _on_device(descent: Descent, watch: Watch) -> Minimizer:
    """Watch a minimization on a device from here."""

    def on_evaluation(terms: dict[str, float], grad_norm: float) -> None:
        loss = sum(terms.values())
        watch.require_finite(loss, grad_norm, descent.picture)
        watch.record(loss, terms, grad_norm)

    descent.listen(
        on_evaluation, lambda iteration: watch.move(iteration, descent.picture), watch.look
    )
    return descent


@dataclass(eq=False)
class _Run:
    """A minimizer on its way, and what becomes of it however it ends."""

    minimizer: Minimizer
    watch: Watch
    keeper: Keeper | None
    descent: Descent | None

    def to_the_end(self, begin: Vector | Standing) -> Result:
        watch = self.watch
        try:
            with self._surroundings():
                outcome = self._minimize(begin)
        except KeyboardInterrupt:
            reason = watch.control.reason or "it was interrupted"
            return self._unfinished(reason, interrupted=True, is_whole=watch.optimizer_waits)
        except Stopped as stopped:
            return self._unfinished(str(stopped), interrupted=True)
        except RunError as error:
            return self._unfinished(str(error), error=error)
        self._keep_last(outcome.reason)
        return Result(outcome.x, tuple(watch.history), outcome.iterations, outcome.reason)

    def _surroundings(self) -> AbstractContextManager[None]:
        """Return what holds while an optimizer on the host works."""
        return self.watch.objective.during_descent() if self.descent is None else nullcontext()

    def _minimize(self, begin: Vector | Standing) -> Outcome:
        watch, keeper = self.watch, self.keeper
        if isinstance(begin, Standing):
            self.minimizer.restore(begin.state)
            watch.go_on(begin, self.minimizer.outcome().x)
        else:
            self.minimizer.start(begin)
            if keeper is not None:
                keeper.keep(self._standing)
        while self.minimizer.step():
            if keeper is not None and keeper.is_due(watch.iteration) and not self._has_ended():
                keeper.keep(self._standing)
        return self.minimizer.outcome()

    def _has_ended(self) -> bool:
        """Whether nothing follows, so that what is kept at the end is kept soon."""
        return self.minimizer.outcome().reason != NOT_ENDED

    def _standing(self, reason: str | None = None) -> Standing:
        """Return where it stands; evaluations that the optimizer has not seen are made again."""
        watch, state, outcome = self.watch, self.minimizer.state(), self.minimizer.outcome()
        good = self._last_good()
        return Standing(
            state,
            history=tuple(watch.history[: outcome.evaluations]),
            iterations=outcome.iterations,
            reason=reason or outcome.reason,
            good=None if np.array_equal(good, state["x"]) else good,
        )

    def _last_good(self) -> Vector:
        """Find the last accepted picture whose loss is known, or else the start."""
        on_device = None if self.descent is None else self.descent.last_good()
        good = self.watch.last_good if on_device is None else on_device
        return self.watch.accepted if good is None else good

    def _keep_last(self, reason: str) -> None:
        """Keep where it ended; who is too impatient for that has the picture all the same."""
        if self.keeper is not None:
            with suppress(KeyboardInterrupt):
                self.keeper.keep(lambda: self._standing(reason))

    def _unfinished(
        self,
        reason: str,
        *,
        interrupted: bool = False,
        error: RunError | None = None,
        is_whole: bool = True,
    ) -> Result:
        """Keep what there is of a run that did not end by itself."""
        if is_whole:
            self._keep_last(reason)
        watch = self.watch
        history = tuple(watch.history)
        return Result(self._last_good(), history, watch.iteration, reason, interrupted, error)


def require_consistency(recipe: Recipe) -> None:
    """Raise UsageError if a line search would compare losses that the gradient does not follow."""
    if isinstance(recipe.optimizer, LBFGSB) and not recipe.is_consistent:
        raise UsageError(
            f"the recipe {recipe.name} follows a gradient that is not that of its loss, which "
            "confuses the line search of l-bfgs-b; choose optimizer.method l-bfgs, adam or "
            "gradient-descent"
        )
