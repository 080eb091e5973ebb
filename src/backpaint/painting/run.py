"""The run itself: an objective, an optimizer, and a watch on every evaluation between them."""

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ..engine.objective import Descent, Objective
from ..errors import RunError, UsageError
from ..optimizers import Minimizer, Outcome, is_limited, minimizer
from ..optimizers.contract import NOT_ENDED, State
from ..problem.pixels import to_variable
from ..problem.recipe import LBFGSB, Optimizer, Recipe
from .control import Control, Stopped
from .standing import Keeper, Part, Standing
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
    state : dict of str to ndarray or None
        The optimizer's at the end, of a part whose state was asked for.
    """

    x: Vector
    history: tuple[Record, ...]
    iterations: int
    reason: str
    interrupted: bool = False
    error: RunError | None = None
    state: State | None = None


OptimizerPlace = Literal["auto", "device", "host"]


def run(
    objective: Objective,
    begin: Vector | State | Standing,
    *,
    control: Control | None = None,
    on_evaluation: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
    optimizer_on: OptimizerPlace = "auto",
    keeper: Keeper | None = None,
    part: Part | None = None,
    wants_state: bool = False,
    optimizer: Optimizer | None = None,
) -> Result:
    """Minimize an objective with its recipe's optimizer.

    Parameters
    ----------
    objective : Objective
        Of any engine.
    begin : (N,) ndarray of float64, dict of str to ndarray, or Standing
        The start, flat (see `Objective.initial`); a state of the optimizer; or where another run
        of the same problem stood, to go on to the same bits.
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
        it; of a part that is not the last, not at its own end, which is the next one's start.
    part : Part, optional
        Where it is one size of several; what was done before is counted on.
    wants_state : bool
        Whether the result has the optimizer's state, too.
    optimizer : Optimizer, optional
        Instead of the recipe's; on a device only the recipe's own runs.

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
    recipe = objective.problem.recipe
    chosen_optimizer = recipe.optimizer if optimizer is None else optimizer
    require_consistency(replace(recipe, optimizer=chosen_optimizer))
    start = _picture(begin)
    watch = Watch(objective, start, control or Control(), on_evaluation, on_iteration)
    is_own = chosen_optimizer == recipe.optimizer
    descent = objective.descent() if is_own and optimizer_on != "host" else None
    if descent is None and optimizer_on == "device":
        if objective.gray is not None:
            raise UsageError(
                "color.luma paints on gray pictures, which no optimizer on a device does; choose "
                "optimizer-on host"
            )
        raise UsageError(
            "this engine does not run this optimizer on a device (the engine gpu has adam without "
            "an average, and l-bfgs-b without bounds); choose optimizer-on host"
        )
    if descent is None:
        chosen = _on_host(objective, watch, chosen_optimizer)
    else:
        chosen = _on_device(descent, watch)
    whole = _Run(chosen, watch, keeper, descent, part or Part(), wants_state)
    return whole.to_the_end(begin)


def _picture(begin: Vector | State | Standing) -> Vector:
    """Return the flat picture that a run begins at."""
    if isinstance(begin, Standing):
        return begin.picture
    return np.asarray(begin["x"], np.float64) if isinstance(begin, dict) else begin


def _on_host(objective: Objective, watch: Watch, optimizer: Optimizer) -> Minimizer:
    """Begin with an optimizer here, and watch what it evaluates."""
    black, white = _limits(objective, optimizer)
    return minimizer(
        watch.evaluate,
        optimizer,
        black=black,
        white=white,
        callback=watch.finish_iteration,
        scratch=objective.scratch,
    )


def _limits(objective: Objective, optimizer: Optimizer) -> tuple[Vector, Vector]:
    """Return black and white in units of the variable, flat; where nothing is limited, no limits.

    The latter take no memory.
    """
    if not is_limited(optimizer):
        size = (prod(objective.shape),)
        return np.broadcast_to(-np.inf, size), np.broadcast_to(np.inf, size)
    variable, shape = objective.problem.recipe.variable, objective.shape
    black, white = (to_variable(np.full(3, value), variable) for value in (0.0, 255.0))
    return np.broadcast_to(black, shape).ravel(), np.broadcast_to(white, shape).ravel()


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
    part: Part
    wants_state: bool
    evaluations_before: int = 0

    def to_the_end(self, begin: Vector | State | Standing) -> Result:
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
        if self.part.is_last:
            self._keep_last(outcome.reason)
        return Result(
            outcome.x,
            tuple(watch.history),
            watch.iterations_before + outcome.iterations,
            outcome.reason,
            state=self.minimizer.state() if self.wants_state else None,
        )

    def _surroundings(self) -> AbstractContextManager[None]:
        """Return what holds while an optimizer on the host works."""
        return self.watch.objective.during_descent() if self.descent is None else nullcontext()

    def _minimize(self, begin: Vector | State | Standing) -> Outcome:
        watch, keeper = self.watch, self.keeper
        self._begin(begin)
        if keeper is not None and not isinstance(begin, Standing):
            keeper.keep(self._standing)
        while self.minimizer.step():
            if keeper is not None and keeper.is_due(watch.iteration) and not self._has_ended():
                keeper.keep(self._standing)
        return self.minimizer.outcome()

    def _begin(self, begin: Vector | State | Standing) -> None:
        """Put the optimizer where it begins, and count on from what was done before."""
        watch = self.watch
        if isinstance(begin, Standing):
            self.minimizer.restore(begin.state)
            watch.go_on(begin, self.minimizer.outcome().x)
        else:
            watch.follow(self.part)
            if isinstance(begin, dict):
                self.minimizer.restore(begin)
            else:
                self.minimizer.start(begin)
        counted = self.minimizer.outcome()  # by itself: the parts before, or only its own
        self.evaluations_before = len(watch.history) - counted.evaluations
        watch.iterations_before = watch.iteration - counted.iterations

    def _has_ended(self) -> bool:
        """Whether nothing follows, so that what is kept at the end is kept soon."""
        return self.minimizer.outcome().reason != NOT_ENDED

    def _standing(self, reason: str | None = None) -> Standing:
        """Return where it stands; evaluations that the optimizer has not seen are made again."""
        watch, state, outcome = self.watch, self.minimizer.state(), self.minimizer.outcome()
        good = self._last_good()
        return Standing(
            state,
            history=tuple(watch.history[: self.evaluations_before + outcome.evaluations]),
            iterations=watch.iterations_before + outcome.iterations,
            reason=reason or outcome.reason,
            good=None if np.array_equal(good, state["x"]) else good,
            scale=watch.scale,
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
        good, history = self._last_good().copy(), tuple(watch.history)  # it may be the start
        return Result(good, history, watch.iteration, reason, interrupted, error)


def require_consistency(recipe: Recipe) -> None:
    """Raise UsageError if a line search would compare losses that the gradient does not follow."""
    if recipe.has_line_search and not recipe.is_consistent:
        method = "l-bfgs-b" if isinstance(recipe.optimizer, LBFGSB) else "l-bfgs"
        raise UsageError(
            f"the recipe {recipe.name} follows a gradient that is not that of its loss, which "
            f"confuses the line search of {method}; choose optimizer.method l-bfgs without one, "
            "adam or gradient-descent"
        )
