"""L-BFGS without a line search, as `torch.optim.LBFGS` and Torch7's `optim.lbfgs` do it.

It moves by -H g (`lbfgs_history`), as the programs rebuilt here do, without checking that the loss
fell.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import UsageError
from ..problem.recipe import LBFGS
from .contract import Callback, LossAndGradient, State, Vector, all_done, clipping
from .lbfgs_history import History
from .place import Place, PlaceMinimizer
from .state import ADVICE, checked


@dataclass(frozen=True, kw_only=True)
class _Place(Place):
    """A place of L-BFGS, within a step or between two.

    Attributes
    ----------
    step_start : (N,) ndarray
        Where the step began.
    last_move, last_gradient : (N,) ndarray
        How far the last move went, and the gradient before it.
    history : History
    moves : int
        How many moves the step has made.
    evaluations_before : int
        How many evaluations were made before the step.
    ending : int
        What has ended the run, counted in `ENDINGS`.
    """

    step_start: Vector
    last_move: Vector
    last_gradient: Vector
    history: History
    moves: int = 0
    evaluations_before: int = 0
    ending: int = 0

    def arrays(self) -> State:
        """Write it as a state."""
        return super().arrays() | self.history.arrays()


GOES_ON, FLAT, NO_PROMISE, STALLED = range(4)
ENDINGS = (
    "",
    "the gradient is nowhere greater than {gradient:g}",
    "the next move promises less than {change:g}",
    "the point no longer moves",
)
"""Why a run ends before its evaluations are used up."""


class LBFGSMinimizer(PlaceMinimizer[_Place]):
    """Moves in steps of ``iterations_per_step`` moves until the evaluations are used up.

    Its outcome's ``x`` is one move further than its ``loss``, unless a test of convergence ended
    the run.

    Parameters
    ----------
    objective, options, black, white, callback, scratch
        As in `backpaint.optimizers.minimizer`.

    Notes
    -----
    A step evaluates where the last one ended, then moves and evaluates in turn, but does not
    evaluate after its last move: 20 moves take 20 evaluations.  A test of convergence ends the
    step, not the run: the programs rebuilt here call the next step regardless, and it goes on where
    the last one stopped.  Only when a test ends a step with the point where it was does the run
    end: further steps would repeat that one.

    With ``clip = "pixels"`` the point is clamped before each evaluation and at the end; the history
    keeps the moves as they were before that.

    Torch7 and early PyTorch compare a sum of absolute values with a tolerance where
    `torch.optim.LBFGS` now compares the greatest one; so does this.

    Steps in this sense are longer than those of `Minimizer.step`, each of which makes one move.
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
        self._scratch = scratch
        self._options, self._clip = options, clipping(options.clip, black, white)
        self._moves_per_step = min(options.iterations_per_step, options.iterations)
        self._flat_at = max(options.gradient_tolerance, 0.0)  # negative: stop at exactly zero

    def step(self) -> bool:
        """Make one move."""
        while self._reason() is None:
            begins = self._begins_step()
            if begins:
                self._begin_step()
            place = self._place
            loss, gradient = self._objective(place.x)
            evaluated = replace(place, loss=float(loss), evaluations=place.evaluations + 1)
            if not begins and self._is_step_used_up(evaluated):
                self._place = replace(evaluated, moves=0)
                continue
            ending = self._tested(place.loss, evaluated, gradient, begins)
            if ending == GOES_ON:
                evaluated, direction = self._aim(evaluated, gradient)
                if not gradient @ direction > -self._options.change_tolerance:
                    self._move(evaluated, direction, gradient)
                    return True
                ending = NO_PROMISE
            has_moved = not (begins or np.array_equal(evaluated.x, evaluated.step_start))
            self._place = replace(evaluated, moves=0, ending=GOES_ON if has_moved else ending)
        return False

    def _first(self, x0: Vector) -> _Place:
        x, zeros = self._clip(x0), np.zeros_like(x0)
        options = self._options
        history = History(options.corrections, dtype=options.history, scratch=self._scratch)
        return _Place(x=x, step_start=x, last_move=zeros, last_gradient=zeros, history=history)

    def _restored(self, state: State, like: _Place) -> _Place:
        """Read a place from a state, which has as many pairs as it has."""
        corrections, rho = self._options.corrections, state.get("rho", np.zeros(0))
        if rho.size > corrections:
            raise UsageError(
                f"the state has {rho.size} pairs; expected {corrections} at most; {ADVICE}"
            )
        vector = np.broadcast_to(np.zeros((), like.history.dtype), like.x.shape)
        pairs = ((vector, vector, 0.0),) * rho.size
        blank_history = replace(like.history, pairs=pairs)
        arrays = checked(state, replace(like, history=blank_history).arrays())
        history = History.taken_from(arrays, like.history)
        place = _Place(history=history, **like.values(arrays))
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

    def _begin_step(self) -> None:
        place = self._place
        self._place = replace(
            place, step_start=place.x, moves=0, evaluations_before=place.evaluations
        )

    def _is_step_used_up(self, place: _Place) -> bool:
        done = place.evaluations - place.evaluations_before
        return done >= self._options.evaluations_per_step

    def _tested(self, loss_before: float, place: _Place, gradient: Vector, begins: bool) -> int:
        """Test for convergence; a step's first evaluation has no move to look at."""
        if not np.abs(gradient).max() > self._flat_at:
            return FLAT
        if begins:
            return GOES_ON
        tolerance = self._options.change_tolerance
        moves = np.abs(place.last_move).max() > tolerance
        return GOES_ON if moves and abs(place.loss - loss_before) >= tolerance else STALLED

    def _aim(self, place: _Place, gradient: Vector) -> tuple[_Place, Vector]:
        """Learn from the last move, then point from here to where H expects the minimum."""
        history = place.history
        if place.iterations > 0:
            history = history.remember(place.last_move, gradient - place.last_gradient)
        direction = -history.inverse_hessian_times(gradient)
        return replace(place, history=history, last_gradient=gradient), direction

    def _move(self, place: _Place, direction: Vector, gradient: Vector) -> None:
        length = self._options.rate
        if place.iterations == 0:  # nothing is known of the scale: move by at most 1 in all
            length *= min(1.0, 1 / float(np.abs(gradient).sum()))
        move = length * direction
        self._accept(
            replace(
                place,
                x=self._clip(place.x + move),
                last_move=move,
                moves=place.moves + 1,
                iterations=place.iterations + 1,
            )
        )
