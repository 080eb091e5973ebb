"""L-BFGS with a line search, as `torch.optim.LBFGS` does it with ``strong_wolfe``."""

from dataclasses import dataclass, replace

import numpy as np

from .contract import Vector
from .lbfgs_steps import FLAT, GOES_ON, NO_PROMISE, STALLED, SteppedLBFGS, StepPlace
from .quasi_newton.strong_wolfe import StrongWolfe, Trial


@dataclass(frozen=True, kw_only=True)
class _Place(StepPlace):
    """A place of L-BFGS between two searches.

    Attributes
    ----------
    gradient : (N,) ndarray
        At the point, once it is known.
    has_moved : bool
        Whether the step has moved the point.
    """

    gradient: Vector
    has_moved: bool = False


class SearchingLBFGSMinimizer(SteppedLBFGS[_Place]):
    """Moves as far as a line search says, in steps of ``iterations_per_step`` searches.

    Its outcome's ``loss`` is the one at ``x``.

    Parameters
    ----------
    objective, options, black, white, callback
        As in `backpaint.optimizers.minimizer`.

    Notes
    -----
    A step evaluates where the last one ended, although that is known; then each search takes one
    evaluation or more, ``evaluations_per_step`` in all, plus one.  PyTorch counts so since it gives
    a search what is left of ``max_eval``; before that each search had 25.

    A search that is interrupted is begun anew, from the last accepted point.
    """

    def step(self) -> bool:
        """Search along one direction, and move."""
        while self._reason() is None:
            begins = self._begins_step()
            place = self._begun() if begins else self._place
            direction = -place.history.inverse_hessian_times(place.gradient)
            slope = float(place.gradient @ direction)
            if begins and self._is_flat(place.gradient):
                ending = FLAT
            elif slope > -self._options.change_tolerance:
                ending = NO_PROMISE
            else:
                self._accept(self._moved(place, direction, slope))
                return True
            self._place = replace(place, moves=0, ending=GOES_ON if place.has_moved else ending)
        return False

    def _first(self, x0: Vector) -> _Place:
        return _Place(x=x0, gradient=np.zeros_like(x0), history=self._blank_history())

    def _begun(self) -> _Place:
        """Evaluate where a step begins."""
        place = self._place
        loss, gradient = self._objective(place.x)
        return replace(
            place,
            loss=float(loss),
            gradient=gradient,
            moves=0,
            has_moved=False,
            evaluations=place.evaluations + 1,
            evaluations_before=place.evaluations,
        )

    def _moved(self, place: _Place, direction: Vector, slope: float) -> _Place:
        """Search, move, learn from the move, and test whether the step goes on."""
        trial, evaluations = self._searched(place, direction, slope)
        move = trial.step * direction
        x = place.x + move
        after = replace(
            place,
            x=x,
            loss=trial.loss,
            gradient=trial.gradient,
            history=place.history.remember(move, trial.gradient - place.gradient),
            has_moved=place.has_moved or not np.array_equal(x, place.x),
            moves=place.moves + 1,
            iterations=place.iterations + 1,
            evaluations=place.evaluations + evaluations,
        )
        if not self._is_over(place, after, move):
            return after
        return replace(after, moves=0, ending=GOES_ON if after.has_moved else STALLED)

    def _searched(self, place: _Place, direction: Vector, slope: float) -> tuple[Trial, int]:
        """Return the trial to accept, and how many were evaluated."""
        evaluations = 0

        def evaluate(step: float) -> Trial:
            nonlocal evaluations
            evaluations += 1
            loss, gradient = self._objective(place.x + step * direction)
            return Trial(step, float(loss), float(gradient @ direction), gradient)

        length = self._options.rate
        if place.iterations == 0:  # nothing is known of the scale: try to move by at most 1 in all
            length *= min(1.0, 1 / float(np.abs(place.gradient).sum()))
        search = StrongWolfe(
            Trial(0.0, place.loss, slope, place.gradient),
            evaluate,
            longest=float(np.abs(direction).max()),
            tolerance=self._options.change_tolerance,
        )
        left = self._options.evaluations_per_step - self._evaluations_of_step(place)
        return search.find(length, left), evaluations

    def _is_over(self, before: _Place, after: _Place, move: Vector) -> bool:
        """Whether a step ends with this move."""
        tolerance = self._options.change_tolerance
        return (
            self._evaluations_of_step(after) >= self._options.evaluations_per_step
            or self._is_flat(after.gradient)
            or not np.abs(move).max() > max(tolerance, 0.0)
            or abs(after.loss - before.loss) < tolerance
        )

    def _is_flat(self, gradient: Vector) -> bool:
        return not np.abs(gradient).max() > self._flat_at
