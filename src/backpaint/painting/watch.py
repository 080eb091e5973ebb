"""A watch on every evaluation: it counts, records, and stops a run at NaN."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..engine.objective import Objective
from ..errors import RunError
from .control import Control
from .standing import Part, Record, Standing

Vector = NDArray[np.float64]


OnEvaluation = Callable[[Record], None]
OnIteration = Callable[[int, Vector], None]


@dataclass(eq=False)
class Watch:
    """Stands between optimizer and objective.

    Attributes
    ----------
    objective : Objective
    accepted : (N,) ndarray
        Where the optimizer is.
    control : Control
    on_evaluation, on_iteration : callable or None
        Who is told.
    evaluated, last_good : (N,) ndarray or None
        Where the last evaluation was, if that is not accepted yet, and the last accepted point
        whose loss is known.
    iteration : int
        Finished iterations.
    optimizer_waits : bool
        Whether an evaluation goes on, or somebody is being told of one or of a move: whatever is
        raised then finds an optimizer whose state is whole.
    history : list of Record
    begin : float
        When the run began, on the clock of `time.perf_counter`; later by what it was paused.
    scale : int or None
        As of `Record`.
    iterations_before : int
        Those that the optimizer does not count.
    """

    objective: Objective
    accepted: Vector
    control: Control
    on_evaluation: OnEvaluation | None
    on_iteration: OnIteration | None
    evaluated: Vector | None = None
    last_good: Vector | None = None
    iteration: int = 0
    optimizer_waits: bool = False
    history: list[Record] = field(default_factory=list)
    begin: float = field(default_factory=time.perf_counter)
    scale: int | None = None
    iterations_before: int = 0

    def evaluate(self, x: Vector) -> tuple[float, Vector]:
        """Evaluate on the host, and record it."""
        self.look()
        evaluation = self.objective.evaluate(x.reshape(self.objective.shape))
        grad_norm = float(np.linalg.norm(evaluation.gradient))
        self.require_finite(evaluation.loss, grad_norm, lambda: x)
        self._know(x)
        if self._averages:  # its newest part is what was evaluated: none of these methods searches
            self.last_good = self.accepted
        self.record(evaluation.loss, evaluation.terms, grad_norm)
        return evaluation.loss, evaluation.gradient.ravel()

    def look(self) -> None:
        """Pause or stop here, before an evaluation, where somebody asked for it."""
        self.optimizer_waits = True
        before = time.perf_counter()
        self.control.check()
        self.begin += time.perf_counter() - before

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
            scale=self.scale,
        )
        self.history.append(record)
        if self.on_evaluation is not None:
            self.on_evaluation(record)
        self.optimizer_waits = False

    def finish_iteration(self, iteration: int, x: Vector) -> None:
        """Take an iteration that was accepted on the host, and tell who listens."""
        self.accepted = x
        if self.evaluated is not None:
            self._know(self.evaluated)
        self.move(iteration, lambda: x)

    def move(self, iteration: int, picture: Callable[[], Vector]) -> None:
        """Count an iteration, and tell who listens."""
        self.iteration, self.optimizer_waits = self.iterations_before + iteration, True
        if self.on_iteration is not None:
            self.on_iteration(self.iteration, picture())
        self.optimizer_waits = False

    def go_on(self, standing: Standing, accepted: Vector) -> None:
        """Continue where a run stood, its clock included."""
        self.follow(Part(standing.scale, True, standing.history, standing.iterations))
        self.accepted, self.last_good = accepted, standing.picture

    def follow(self, part: Part) -> None:
        """Count and time on from what was done before."""
        self.history, self.iteration = list(part.history), part.iterations
        self.scale = part.scale
        if part.history:
            self.begin = time.perf_counter() - part.history[-1].seconds

    def _know(self, x: Vector) -> None:
        """Learn that a picture's loss is known: the accepted one, or one that a search tries.

        The former is good then; the latter may become the accepted one, and is kept until then.
        """
        if np.array_equal(self.accepted, x):
            self.last_good, self.evaluated = self.accepted, None
        elif x is not self.evaluated:
            self.evaluated = x.copy()

    @property
    def _averages(self) -> bool:
        """Whether accepted pictures are averages, and so no picture that was ever evaluated."""
        return getattr(self.objective.problem.recipe.optimizer, "average", None) is not None
