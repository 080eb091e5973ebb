"""L-BFGS with a line search on the device: SciPy's L-BFGS-B without bounds, decision by decision.

Picture, gradient and history never leave the device; losses, slopes and inner products do.
"""

import math

import numpy as np

from ...optimizers.lbfgsb import explain
from ...problem.recipe import LBFGSB
from ..device.vectors import Vectors
from .contract import DeviceFunction, Finished, OnMove
from .history import History
from .line_search import LineSearch

EPSILON = float(np.finfo(np.float64).eps)
ITERATIONS, EVALUATIONS = "ITERATIONS", "EVALUATIONS"
GRADIENT, REDUCTION, ABNORMAL = "PROJECTED GRADIENT", "REDUCTION OF F", "ABNORMAL"
"""Why a round ends, as SciPy's messages have it; see `backpaint.optimizers.lbfgsb.REASONS`."""


def minimize(function: DeviceFunction, options: LBFGSB, on_move: OnMove | None = None) -> Finished:
    """Minimize from where the function's point is.

    Parameters
    ----------
    function : DeviceFunction
    options : LBFGSB
        Without bounds.
    on_move : OnMove, optional

    Returns
    -------
    Finished
        Its loss is that of the point.

    Notes
    -----
    Rounds and limits are those of `backpaint.optimizers.lbfgsb`.

    References
    ----------
    .. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A Limited Memory Algorithm for Bound Constrained
       Optimization", SIAM J. Sci. Comput. 16 (1995).
    """
    descent = _Descent(function, options, on_move)
    rounds = 1 if options.evaluations_per_round is None else options.iterations
    ending = ""
    for _ in range(rounds):
        before = descent.iterations
        ending = descent.round()
        if descent.iterations == before:
            break
    reason = explain(ending, options)
    return Finished(descent.loss, descent.iterations, descent.evaluations, reason)


class _Descent:
    """A run of L-BFGS: the counts and vectors that outlive a round."""

    def __init__(
        self, function: DeviceFunction, options: LBFGSB, on_move: OnMove | None = None
    ) -> None:
        self.loss, self.iterations, self.evaluations = math.nan, 0, 0
        self._function, self._options, self._on_move = function, options, on_move
        size, dtype = function.point.size, function.point.dtype
        self._vectors = Vectors(size, dtype, 2 * options.corrections + 1)
        self._history = History(self._vectors, options.corrections)
        self._start, self._direction = self._vectors.zeros(), self._vectors.zeros()
        self._steepest = 0.0

    def round(self) -> str:
        """Descend from the point without a history; say why it ended."""
        first_iteration, first_evaluation = self.iterations, self.evaluations
        self.loss = self._evaluate()
        gradient = self._function.gradient
        self._history.forget(gradient)
        _, self._steepest = self._vectors.slope(gradient, gradient)
        ending = GRADIENT if self._steepest <= self._options.pgtol else None
        while ending is None:
            loss_before, is_first = self.loss, self.iterations == first_iteration
            if not self._search(is_first=is_first):
                if not len(self._history):
                    return ABNORMAL
                self._history.forget(self._history.gradient)
                continue
            self.iterations += 1
            if self._on_move is not None:
                self._on_move(self.iterations, True)
            ending = self._limit(self.evaluations - first_evaluation) or self._converged(
                loss_before
            )
        return ending

    def _limit(self, evaluations: int) -> str | None:
        """Compare the counts with what was asked for."""
        limit = self._options.evaluations_per_round
        if limit is None:
            return ITERATIONS if self.iterations >= self._options.iterations else None
        return EVALUATIONS if evaluations > limit else None

    def _converged(self, loss_before: float) -> str | None:
        if self._steepest <= self._options.pgtol:
            return GRADIENT
        change = self._options.factr * EPSILON * max(abs(loss_before), abs(self.loss), 1.0)
        return REDUCTION if loss_before - self.loss <= change else None

    def _search(self, *, is_first: bool) -> bool:
        """Move along a new direction and learn from it; tell whether a lower point was found."""
        vectors, history, x = self._vectors, self._history, self._function.point
        history.direction(self._direction)
        slope, _ = vectors.slope(history.gradient, self._direction)
        if slope >= 0:
            return False
        # the first direction is -g, so its length is the root of -slope: move by 1 in all
        search = LineSearch(self.loss, slope, 1 / math.sqrt(-slope) if is_first else 1.0)
        self._start[...] = x
        for _ in range(self._options.line_search_steps):
            vectors.move(self._start, self._direction, search.step, x)
            loss = self._evaluate()
            slope_here, self._steepest = vectors.slope(self._function.gradient, self._direction)
            if not search.advance(loss, slope_here):
                self.loss = loss
                self._learn(search.step, slope, slope_here)
                return True
        x[...] = self._start
        return False

    def _learn(self, step: float, slope_before: float, slope: float) -> None:
        """Remember the pair of this move, unless it shows no positive curvature."""
        curvature = (slope - slope_before) * step
        if curvature > EPSILON * -slope_before * step:
            self._history.remember(self._direction, step, self._function.gradient, curvature)
        else:
            self._history.keep(self._function.gradient)

    def _evaluate(self) -> float:
        self.evaluations += 1
        loss, _ = self._function.evaluate()
        return loss
