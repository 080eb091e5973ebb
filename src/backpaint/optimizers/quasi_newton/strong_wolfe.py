"""The line search of `torch.optim.LBFGS`: enclose a good step, then narrow the interval.

A step is good when the strong Wolfe conditions hold, as in `line_search`, with a smaller decrease::

    f(step) <= f(0) + SUFFICIENT * step * slope(0)
    |slope(step)| <= FLAT * |slope(0)|

The search of Moré and Thuente that SciPy uses asks for the same; it chooses its steps more
cleverly, and this one is simpler to follow: a cubic through two points, kept off their ends.

References
----------
.. [1] J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithms 3.5 and 3.6,
   with equation 3.59 for the cubic.
.. [2] M. Schmidt, minFunc, whose search went from Torch7's ``lswolfe`` to PyTorch.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SUFFICIENT = 1e-4
FLAT = 0.9
LEAST_STRETCH, MOST_STRETCH = 0.01, 10.0
"""How far beyond the last step the next one is, while nothing is enclosed: at least by so much of
the last stride, at most at so many times the step."""
NEAR_END = 0.1
"""A share of the interval; steps nearer to its ends than that are put there the second time."""


@dataclass(frozen=True)
class Trial:
    """A point of the search.

    Attributes
    ----------
    step : float
    loss : float
    slope : float
        The derivative of the loss with respect to the step.
    gradient : (N,) ndarray of float64
        That with respect to the point, which the next search begins with.
    """

    step: float
    loss: float
    slope: float
    gradient: NDArray[np.float64]


@dataclass(frozen=True)
class StrongWolfe:
    """A search along one direction.

    Attributes
    ----------
    start : Trial
        At step 0; its slope is negative.
    evaluate : callable
        Maps a step to its `Trial`.
    longest : float
        The largest element of the direction, by its absolute value.
    tolerance : float
        The search gives up where no element would move by more within the interval.
    """

    start: Trial
    evaluate: Callable[[float], Trial]
    longest: float
    tolerance: float

    def find(self, step: float, trials: int) -> Trial:
        """Search from a first step on.

        Parameters
        ----------
        step : float
            The first to try.
        trials : int
            How many more may be tried.

        Returns
        -------
        Trial
            A good one, or the lowest end of the interval where trials or room are used up; that
            may be the start.
        """
        before, trial = self.start, self.evaluate(step)
        for done in range(trials):
            # From the third trial on, and not from the second: so does PyTorch.
            climbs = self._is_too_high(trial) or (done > 1 and trial.loss >= before.loss)
            if not climbs and self._is_flat(trial):
                return trial
            if climbs or trial.slope >= 0:
                return self._narrow([before, trial], trials - done)
            least = trial.step + LEAST_STRETCH * (trial.step - before.step)
            step = cubic_step(before, trial, least, MOST_STRETCH * trial.step)
            before, trial = trial, self.evaluate(step)
        return min((self.start, trial), key=lambda one: one.loss)

    def _narrow(self, ends: list[Trial], trials: int) -> Trial:
        """Try steps between two ends until one is good: the zoom of Nocedal and Wright."""
        low, was_near = _lower(ends), False
        for _ in range(trials):
            left, right = sorted(end.step for end in ends)
            if left == right or (right - left) * self.longest < self.tolerance:
                break
            step = cubic_step(ends[0], ends[1], left, right)
            step, was_near = _off_the_ends(step, left, right, was_near)
            trial, best, other = self.evaluate(step), ends[low], ends[1 - low]
            if self._is_too_high(trial) or trial.loss >= best.loss:
                ends[1 - low] = trial
                low = _lower(ends)
                continue
            ends[low] = trial
            if self._is_flat(trial):
                break
            if trial.slope * (other.step - best.step) >= 0:  # the minimum is behind the trial
                ends[1 - low] = best
        return ends[low]

    def _is_too_high(self, trial: Trial) -> bool:
        return trial.loss > self.start.loss + SUFFICIENT * trial.step * self.start.slope

    def _is_flat(self, trial: Trial) -> bool:
        return abs(trial.slope) <= FLAT * -self.start.slope


def cubic_step(a: Trial, b: Trial, least: float, most: float) -> float:
    """Find the minimizer of the cubic with the losses and slopes of two trials, within bounds.

    Parameters
    ----------
    a, b : Trial
        At different steps, in any order.
    least, most : float

    Returns
    -------
    float
        In the middle of the bounds where the cubic has no minimum.

    Examples
    --------
    Of the parabola (x - 1)^2, from both sides:

    >>> import numpy as np
    >>> a, b = (Trial(x, (x - 1) ** 2, 2 * (x - 1), np.zeros(1)) for x in (0.0, 3.0))
    >>> cubic_step(a, b, 0.0, 3.0), cubic_step(a, b, 1.5, 3.0)
    (1.0, 1.5)
    """
    left, right = sorted((a, b), key=lambda end: end.step)
    theta = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.step - right.step)
    square = theta**2 - left.slope * right.slope
    if square >= 0:
        gamma = math.sqrt(square)
        divisor = right.slope - left.slope + 2 * gamma
        if divisor != 0:
            back = (right.step - left.step) * ((right.slope + gamma - theta) / divisor)
            return min(max(right.step - back, least), most)
    return (least + most) / 2


def _lower(ends: list[Trial]) -> int:
    """Return which of two ends has the lower loss; the first one if they are alike."""
    return 0 if ends[0].loss <= ends[1].loss else 1


def _off_the_ends(step: float, left: float, right: float, was_near: bool) -> tuple[float, bool]:
    """Move a step away from an end that it is on, or near to for the second time.

    Returns
    -------
    step : float
    is_near : bool
        Whether it was left near an end, this time.
    """
    room = NEAR_END * (right - left)
    if min(right - step, step - left) >= room:
        return step, False
    if left < step < right and not was_near:
        return step, True
    return (right - room if abs(step - right) < abs(step - left) else left + room), False
