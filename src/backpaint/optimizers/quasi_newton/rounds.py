"""The limits of a run of L-BFGS-B: iterations, or rounds of evaluations."""

from dataclasses import dataclass

from ...problem.recipe import LBFGSB

ITERATIONS, EVALUATIONS = "ITERATIONS", "EVALUATIONS"
GRADIENT, REDUCTION, ABNORMAL = "PROJECTED GRADIENT", "REDUCTION OF F", "ABNORMAL"
"""Why a round ends, as SciPy's messages have it; see `backpaint.optimizers.lbfgsb.REASONS`."""


@dataclass
class Rounds:
    """The counts of a run, and of its current round.

    Each round starts with an empty history, as programs do that call SciPy in a loop with
    ``maxfun``.  SciPy looks at ``maxfun`` only between iterations, so a round of 20 makes 21
    evaluations, or more when its last line search is long.  A round that cannot move ends the run.

    Attributes
    ----------
    options : LBFGSB
    iterations, evaluations : int
        Of the run so far.
    number : int
        Of the round, from 0.
    iterations_before, evaluations_before : int
        Of the rounds before.
    """

    options: LBFGSB
    iterations: int = 0
    evaluations: int = 0
    number: int = 0
    iterations_before: int = 0
    evaluations_before: int = 0

    @property
    def has_moved(self) -> bool:
        """Whether the round has accepted an iteration."""
        return self.iterations > self.iterations_before

    def limit(self) -> str | None:
        """Name the limit that the round has reached, if it has reached one."""
        most = self.options.evaluations_per_round
        if most is None:
            return ITERATIONS if self.iterations >= self.options.iterations else None
        return EVALUATIONS if self.evaluations - self.evaluations_before > most else None

    def begin_next(self) -> bool:
        """Begin another round; False if none follows."""
        rounds = 1 if self.options.evaluations_per_round is None else self.options.iterations
        if not self.has_moved or self.number + 1 >= rounds:
            return False
        self.number += 1
        self.iterations_before, self.evaluations_before = self.iterations, self.evaluations
        return True

    def counts(self) -> dict[str, int]:
        """Return the counts by the names that they have in a state."""
        return {
            "iterations": self.iterations,
            "evaluations": self.evaluations,
            "round": self.number,
            "iterations_before": self.iterations_before,
            "evaluations_before": self.evaluations_before,
        }

    def set_counts(self, counts: dict[str, int]) -> None:
        """Take the counts of a state."""
        self.iterations, self.evaluations = counts["iterations"], counts["evaluations"]
        self.number = counts["round"]
        self.iterations_before = counts["iterations_before"]
        self.evaluations_before = counts["evaluations_before"]
