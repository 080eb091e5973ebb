"""L-BFGS without a line search, as `torch.optim.LBFGS` and Torch7's `optim.lbfgs` do it.

It moves by -H g (`quasi_newton.two_loop`), as the programs rebuilt here do, without checking that
the loss fell.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..problem.recipe import LBFGS
from .contract import Callback, LossAndGradient, Vector, clipping
from .lbfgs_steps import FLAT, GOES_ON, NO_PROMISE, STALLED, SteppedLBFGS, StepPlace


@dataclass(frozen=True, kw_only=True)
class _Place(StepPlace):
    """A place of L-BFGS without a line search.

    Attributes
    ----------
    step_start : (N,) ndarray
        Where the step began.
    last_move, last_gradient : (N,) ndarray
        How far the last move went, and the gradient before it.
    """

    step_start: Vector
    last_move: Vector
    last_gradient: Vector


class LBFGSMinimizer(SteppedLBFGS[_Place]):
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
    evaluate after its last move: 20 moves take 20 evaluations.

    With ``clip = "pixels"`` the point is clamped before each evaluation and at the end; the history
    keeps the moves as they were before that.
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
        super().__init__(
            objective, options, black=black, white=white, callback=callback, scratch=scratch
        )
        self._clip = clipping(options.clip, black, white)

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
        history = self._blank_history()
        return _Place(x=x, step_start=x, last_move=zeros, last_gradient=zeros, history=history)

    def _begin_step(self) -> None:
        place = self._place
        self._place = replace(
            place, step_start=place.x, moves=0, evaluations_before=place.evaluations
        )

    def _is_step_used_up(self, place: _Place) -> bool:
        return self._evaluations_of_step(place) >= self._options.evaluations_per_step

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
