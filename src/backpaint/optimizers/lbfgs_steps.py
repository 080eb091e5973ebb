"""The steps of L-BFGS in the way of `torch.optim.LBFGS`, with or without a line search."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ..errors import UsageError
from ..problem.recipe import LBFGS
from .contract import Callback, LossAndGradient, State, Vector, all_done
from .place import Place, PlaceMinimizer
from .quasi_newton.two_loop import History
from .state import ADVICE, checked

GOES_ON, FLAT, NO_PROMISE, STALLED = range(4)
ENDINGS = (
    "",
    "the gradient is nowhere greater than {gradient:g}",
    "the next move promises less than {change:g}",
    "the point no longer moves",
)
"""Why a run ends before its evaluations are used up."""


@dataclass(frozen=True, kw_only=True)
class StepPlace(Place):
    """A place within a step or between two.

    Attributes
    ----------
    history : History
    moves : int
        How many moves the step has made.
    evaluations_before : int
        How many evaluations were made before the step.
    ending : int
        What has ended the run, counted in `ENDINGS`.
    """

    history: History
    moves: int = 0
    evaluations_before: int = 0
    ending: int = 0

    def arrays(self) -> State:
        """Write it as a state."""
        return super().arrays() | self.history.arrays()


P = TypeVar("P", bound=StepPlace)


class SteppedLBFGS(PlaceMinimizer[P]):
    """Steps of ``iterations_per_step`` moves, until the evaluations are used up.

    A test of convergence ends the step, not the run: the programs rebuilt here call the next step
    regardless, and it goes on where the last one stopped.  Only when a test ends a step with the
    point where it was does the run end: further steps would repeat that one.

    Steps in this sense are longer than those of `Minimizer.step`, each of which makes one move.

    Parameters
    ----------
    objective, options, black, white, callback, scratch
        As in `backpaint.optimizers.minimizer`.

    Notes
    -----
    Torch7 and early PyTorch compare a sum of absolute values with a tolerance where
    `torch.optim.LBFGS` now compares the greatest one; so does this.
    """

    def __init__(
        self,
        objective: LossAndGradient,
        options: LBFGS,
        *,
        black: Vector,
        white: Vector,
        callback: Callback | None = None,
        scratch: str | None = None,
    ) -> None:
        super().__init__(objective, black=black, white=white, callback=callback)
        self._options, self._scratch = options, scratch
        self._moves_per_step = min(options.iterations_per_step, options.iterations)
        self._flat_at = max(options.gradient_tolerance, 0.0)  # negative: stop at exactly zero

    def _blank_history(self) -> History:
        """Make a memory of nothing."""
        options = self._options
        return History(options.corrections, dtype=options.history, scratch=self._scratch)

    @abstractmethod
    def _first(self, x0: Vector) -> P:
        """Make the place of a start."""

    def _restored(self, state: State, like: P) -> P:
        """Read a place from a state, which has as many pairs as it has."""
        corrections, rho = self._options.corrections, state.get("rho")
        count = 0 if rho is None else rho.size
        if count > corrections:
            raise UsageError(
                f"the state has {count} pairs; expected {corrections} at most; {ADVICE}"
            )
        vector = np.broadcast_to(np.zeros((), like.history.dtype), like.x.shape)
        pairs = ((vector, vector, 0.0),) * count
        blank_history = replace(like.history, pairs=pairs)
        arrays = checked(state, replace(like, history=blank_history).arrays())
        history = History.taken_from(arrays, like.history)
        place = type(like)(history=history, **like.values(arrays))
        if place.ending >= len(ENDINGS):
            raise UsageError(
                f"the state's ending is {place.ending}; expected less than {len(ENDINGS)}; {ADVICE}"
            )
        return place

    def _reason(self) -> str | None:
        place, options = self._place, self._options
        if place.ending:
            words = ENDINGS[place.ending]
            return words.format(gradient=self._flat_at, change=options.change_tolerance)
        if self._begins_step() and place.evaluations >= options.iterations:
            return all_done(place.evaluations, "evaluation")
        return None

    def _begins_step(self) -> bool:
        """Whether the next evaluation is the first of a step.

        Looked at when that step begins, not when the last one ends: where more iterations are asked
        for, a step may have more moves.
        """
        return self._place.moves == 0 or self._place.moves >= self._moves_per_step

    def _evaluations_of_step(self, place: P) -> int:
        return place.evaluations - place.evaluations_before
