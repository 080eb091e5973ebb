"""L-BFGS without a line search, as `torch.optim.LBFGS` and Torch7's `optim.lbfgs` do it.

Newton's method goes to the minimum of a parabola: it moves by -H g, with g the gradient and H the
inverse of the matrix of second derivatives.  For a picture that matrix has N x N entries, N about a
million, and is never formed.  L-BFGS remembers its last moves s and what each did to the gradient,
y, and computes H g from those pairs alone (`History.inverse_hessian_times`).

The programs rebuilt here then move by -H g without checking that the loss fell.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from ..problem.recipe import LBFGS
from .contract import Callback, LossAndGradient, Outcome, Vector, all_done, clipping

LEAST_CURVATURE = 1e-10
"""A pair with y.s no greater than this is not remembered: H would not stay positive definite."""


def minimize(
    objective: LossAndGradient,
    x0: Vector,
    options: LBFGS,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
) -> Outcome:
    """Minimize in steps of ``iterations_per_step`` moves until the evaluations are used up.

    Parameters
    ----------
    objective, x0, options, black, white, callback
        As in `backpaint.optimizers.minimize`.

    Returns
    -------
    Outcome
        Its ``x`` is one move further than its ``loss``, unless a test of convergence ended the run.

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
    """
    descent = _Descent(objective, x0, options, clipping(options.clip, black, white), callback)
    reason = None
    while reason is None and descent.evaluations < options.iterations:
        reason = descent.step()
    return Outcome(
        descent.x,
        descent.loss,
        descent.iterations,
        descent.evaluations,
        reason or all_done(descent.evaluations, "evaluation"),
    )


class History:
    """The curvature of the loss, as far as the last moves have shown it.

    Parameters
    ----------
    corrections : int
        How many pairs (s, y) to remember; each takes two vectors.
    """

    def __init__(self, corrections: int) -> None:
        self._pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=corrections)
        self._scale = 1.0

    def remember(self, s: Vector, y: Vector) -> None:
        """Add the latest pair; the oldest is forgotten.

        Parameters
        ----------
        s : (N,) ndarray of float64
            A move.
        y : (N,) ndarray of float64
            Gradient behind the move minus gradient before it.
        """
        curvature = float(y @ s)
        if curvature > LEAST_CURVATURE:
            self._pairs.append((s, y, 1 / curvature))
            self._scale = curvature / float(y @ y)

    def inverse_hessian_times(self, gradient: Vector) -> Vector:
        """Multiply a vector by H, the approximate inverse of the second derivatives.

        Parameters
        ----------
        gradient : (N,) ndarray of float64
            Usually the gradient; it comes back unchanged while nothing is remembered.

        Returns
        -------
        (N,) ndarray of float64

        Notes
        -----
        BFGS improves H by each pair, rho = 1 / y.s, such that H y = s holds afterwards::

            H  ->  (I - rho s y^T) H (I - rho y s^T) + rho s s^T

        Written out for all pairs this is a product: the right-hand factors meet the vector first,
        newest pair first; then the H that all began from, a multiple of the identity; then the
        left-hand factors, oldest first, where + rho s s^T becomes ``+ alpha * s``.

        References
        ----------
        .. [1] J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 7.4,
           with equation 7.20 for the scale.
        """
        q = gradient.copy()
        alphas = []
        for s, y, rho in reversed(self._pairs):
            alpha = rho * float(s @ q)
            q -= alpha * y
            alphas.append(alpha)
        r = self._scale * q
        for (s, y, rho), alpha in zip(self._pairs, reversed(alphas), strict=True):
            beta = rho * float(y @ r)
            r += (alpha - beta) * s
        return r


class _Descent:
    """A run of L-BFGS: all that survives from one step to the next."""

    def __init__(
        self,
        objective: LossAndGradient,
        x0: Vector,
        options: LBFGS,
        clip: Callable[[Vector], Vector],
        callback: Callback | None,
    ) -> None:
        self.x = clip(x0)
        self.loss = np.nan
        self.iterations = 0
        self.evaluations = 0
        self._objective, self._options, self._clip = objective, options, clip
        self._moves_per_step = min(options.iterations_per_step, options.iterations)
        self._callback = callback
        self._history = History(options.corrections)
        self._last_move = self._last_gradient = np.zeros_like(x0)

    def step(self) -> str | None:
        """Make one step; say why the run is over if it is."""
        options, start, evaluations_before = self._options, self.x, self.evaluations
        gradient = self._evaluate()
        reason = self._flat(gradient)
        if reason:
            return reason
        for move in range(1, self._moves_per_step + 1):
            direction = self._direction(gradient)
            if gradient @ direction > -options.change_tolerance:
                reason = f"the next move promises less than {options.change_tolerance:g}"
                break
            self._move(direction, gradient)
            if move == self._moves_per_step:
                return None
            loss_before = self.loss
            gradient = self._evaluate()
            if self.evaluations - evaluations_before >= options.evaluations_per_step:
                return None
            reason = self._flat(gradient) or self._stalled(loss_before)
            if reason:
                break
        return reason if np.array_equal(self.x, start) else None

    def _evaluate(self) -> Vector:
        self.loss, gradient = self._objective(self.x)
        self.evaluations += 1
        return gradient

    def _direction(self, gradient: Vector) -> Vector:
        """Learn from the last move, then point from here to where H expects the minimum."""
        if self.iterations > 0:
            self._history.remember(self._last_move, gradient - self._last_gradient)
        self._last_gradient = gradient
        return -self._history.inverse_hessian_times(gradient)

    def _move(self, direction: Vector, gradient: Vector) -> None:
        length = self._options.rate
        if self.iterations == 0:  # nothing is known of the scale: move by at most 1 in all
            length *= min(1.0, 1 / float(np.abs(gradient).sum()))
        self._last_move = length * direction
        self.x = self._clip(self.x + self._last_move)
        self.iterations += 1
        if self._callback is not None:
            self._callback(self.iterations, self.x)

    def _flat(self, gradient: Vector) -> str | None:
        tolerance = max(self._options.gradient_tolerance, 0.0)  # negative: stop at exactly zero
        if np.abs(gradient).max() > tolerance:
            return None
        return f"the gradient is nowhere greater than {tolerance:g}"

    def _stalled(self, loss_before: float) -> str | None:
        tolerance = self._options.change_tolerance
        if np.abs(self._last_move).max() > tolerance and abs(self.loss - loss_before) >= tolerance:
            return None
        return "the point no longer moves"
