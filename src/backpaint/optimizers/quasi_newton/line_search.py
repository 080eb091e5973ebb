"""The line search of Moré and Thuente: scalars in, the length of a step out.

A step is good when the loss has fallen enough and the slope has flattened enough (equations 1.1 and
1.2 of [1]_, the strong Wolfe conditions)::

    f(step) <= f(0) + SUFFICIENT * step * slope(0)
    |slope(step)| <= FLAT * |slope(0)|

The search keeps an interval that holds such a step: `best`, the lowest point so far, and `other`,
its other end.  It tries a step, learns loss and slope there, narrows the interval, and guesses the
next step by fitting a parabola and a cubic to what it knows.

References
----------
.. [1] J. Moré, D. Thuente, "Line Search Algorithms with Guaranteed Sufficient Decrease", ACM
   Transactions on Mathematical Software 20 (1994), 286-307.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

SUFFICIENT = 1e-3
FLAT = 0.9
NARROW = 0.1
"""The search gives up on an interval narrower than this share of its right end."""
LONGEST = 1e10
SHRINK = 0.66
"""What two updates must at least do to the interval, or it is halved; section 4 of the paper."""
LEAST_STRETCH, MOST_STRETCH = 1.1, 4.0
"""Bounds of the next step beyond the last move, while no interval is known: equation 2.2."""
NUMBERS = 16
"""How many numbers tell a search."""


@dataclass(frozen=True)
class Point:
    """A point of the search: step, value and slope.

    Attributes
    ----------
    step : float
    loss : float
    slope : float
        The derivative of the loss with respect to the step.
    """

    step: float
    loss: float
    slope: float

    def tilted(self, slope: float) -> "Point":
        """Subtract a line through the origin from loss and slope."""
        return Point(self.step, self.loss - self.step * slope, self.slope - slope)


class LineSearch:
    """One search along one direction.

    Parameters
    ----------
    loss, slope : float
        Where it starts, at step 0; the slope is negative.
    step : float
        The first to try.

    Attributes
    ----------
    step : float
        What to evaluate next, or, when `advance` has said that the search is over, where it ended.
    start : Point
        Where it started.
    """

    def __init__(self, loss: float, slope: float, step: float) -> None:
        self.step = step
        self.start = self._best = self._other = Point(0.0, loss, slope)
        self._enclosed = False
        self._tilts = True
        self._width, self._width_before = LONGEST, 2 * LONGEST
        self._low, self._high = 0.0, step + MOST_STRETCH * step

    def advance(self, loss: float, slope: float) -> bool:
        """Learn loss and slope at `step`; tell whether the search goes on.

        Parameters
        ----------
        loss, slope : float

        Returns
        -------
        bool
            True: `step` is the next to evaluate.  False: `step`, just evaluated, is the result; it
            meets both conditions, or rounding leaves nothing better to find.
        """
        trial = Point(self.step, loss, slope)
        least_slope = SUFFICIENT * self.start.slope
        enough = loss <= self.start.loss + self.step * least_slope
        if self._tilts and enough and slope >= least_slope:
            self._tilts = False
        if self._is_over(trial, enough, least_slope):
            return False
        if self._tilts and loss <= self._best.loss and not enough:
            self._update_tilted(trial, least_slope)
        else:
            self._update(trial)
        self._choose(trial)
        return True

    def numbers(self) -> list[float]:
        """Return all that a search knows: `NUMBERS` numbers, from which `from_numbers` makes it."""
        known = (*astuple(self.start), *astuple(self._best), *astuple(self._other))
        interval = (self._width, self._width_before, self._low, self._high)
        return [self.step, *known, *interval, float(self._enclosed), float(self._tilts)]

    @classmethod
    def from_numbers(cls, numbers: Sequence[float]) -> "LineSearch":
        """Make the search that `numbers` has told."""
        step, *points, width, width_before, low, high, enclosed, tilts = map(float, numbers)
        start, best, other = (Point(*points[first : first + 3]) for first in (0, 3, 6))
        search = cls(start.loss, start.slope, step)
        search._best, search._other = best, other
        search._width, search._width_before = width, width_before
        search._low, search._high = low, high
        search._enclosed, search._tilts = bool(enclosed), bool(tilts)
        return search

    def _is_over(self, trial: Point, enough: bool, least_slope: float) -> bool:
        """Test the two conditions, and what makes a further step pointless."""
        if enough and abs(trial.slope) <= FLAT * -self.start.slope:
            return True
        if self._enclosed and self._has_no_room(self.step):
            return True
        return trial.step == LONGEST and enough and trial.slope <= least_slope

    def _has_no_room(self, step: float) -> bool:
        too_narrow = self._high - self._low <= NARROW * self._high
        return step <= self._low or step >= self._high or too_narrow

    def _update_tilted(self, trial: Point, slope: float) -> None:
        """Update the interval as the loss minus the required decrease does: equation 2.1."""
        best, other = self._best, self._other
        self._best, self._other = best.tilted(slope), other.tilted(slope)
        self._update(trial.tilted(slope))
        self._best, self._other = self._best.tilted(-slope), self._other.tilted(-slope)

    def _update(self, trial: Point) -> None:
        """Guess the next step, then narrow the interval: section 4 and algorithm 2.2."""
        best = self._best
        turned = trial.slope * math.copysign(1.0, best.slope) < 0
        self.step = self._guess(trial, turned)
        if trial.loss > best.loss:
            self._other, self._enclosed = trial, True
            return
        if turned:
            self._other, self._enclosed = best, True
        self._best = trial

    def _guess(self, trial: Point, turned: bool) -> float:
        """Interpolate the next step, by what the trial has shown: the four cases of section 4."""
        best = self._best
        if trial.loss > best.loss:  # 1: too far, and higher than before
            cubic, parabola = cubic_minimizer(best, trial), parabola_minimizer(best, trial)
            if abs(cubic - best.step) < abs(parabola - best.step):
                return cubic
            return cubic + (parabola - cubic) / 2
        if turned:  # 2: lower, beyond a minimum
            cubic, secant = cubic_minimizer(trial, best), secant_minimizer(trial, best)
            return cubic if abs(cubic - trial.step) > abs(secant - trial.step) else secant
        if abs(trial.slope) < abs(best.slope):  # 3: lower, still falling, less steeply
            return self._guess_ahead(trial)
        if self._enclosed:  # 4: lower, falling as steeply
            return cubic_minimizer(trial, self._other)
        return self._high if trial.step > best.step else self._low

    def _guess_ahead(self, trial: Point) -> float:
        """Case 3: the cubic may have no minimum ahead; then only the secant is of use."""
        best = self._best
        beyond = self._high if trial.step > best.step else self._low
        cubic = cubic_minimizer(trial, best, beyond)
        secant = secant_minimizer(trial, best)
        nearer, farther = cubic, secant
        if abs(cubic - trial.step) >= abs(secant - trial.step):
            nearer = secant
        if abs(cubic - trial.step) > abs(secant - trial.step):
            farther = cubic
        if not self._enclosed:
            return min(max(farther, self._low), self._high)
        limit = trial.step + SHRINK * (self._other.step - trial.step)
        return min(nearer, limit) if trial.step > best.step else max(nearer, limit)

    def _choose(self, trial: Point) -> None:
        """Make the guess safe: halve a stubborn interval, stay within bounds."""
        best, other = self._best.step, self._other.step
        if self._enclosed:
            if abs(other - best) >= SHRINK * self._width_before:
                self.step = best + 0.5 * (other - best)
            self._width_before, self._width = self._width, abs(other - best)
            self._low, self._high = min(best, other), max(best, other)
        else:
            self._low = self.step + LEAST_STRETCH * (self.step - best)
            self._high = self.step + MOST_STRETCH * (self.step - best)
        self.step = min(max(self.step, 0.0), LONGEST)
        if self._enclosed and self._has_no_room(self.step):
            self.step = best


def cubic_minimizer(a: Point, b: Point, otherwise: float | None = None) -> float:
    """Find the minimizer of the cubic with the losses and slopes of two points.

    Parameters
    ----------
    a, b : Point
        Counted from `a`, which matters for rounding alone.
    otherwise : float, optional
        What to return if the cubic has no minimum on the far side of `a`, seen from `b`.

    Notes
    -----
    With d the distance of the points, the cubic's derivative is a parabola; its roots are at the
    shares (gamma - a' + theta) / (2 gamma - a' + b') of the way from a to b, where::

        theta = 3 (f(a) - f(b)) / d + a' + b',    gamma^2 = theta^2 - a' b'

    and the sign of gamma picks the root that is a minimum.
    """
    theta = 3 * (a.loss - b.loss) / (b.step - a.step) + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    square = (theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale)
    gamma = scale * math.sqrt(max(0.0, square))
    if b.step < a.step:
        gamma = -gamma
    share = ((gamma - a.slope) + theta) / (((gamma - a.slope) + gamma) + b.slope)
    if otherwise is not None and not (share < 0 and gamma != 0):
        return otherwise
    return a.step + share * (b.step - a.step)


def parabola_minimizer(a: Point, b: Point) -> float:
    """Find the minimizer of the parabola with both losses and the slope at `a`."""
    distance = b.step - a.step
    return a.step + a.slope / ((a.loss - b.loss) / distance + a.slope) / 2 * distance


def secant_minimizer(a: Point, b: Point) -> float:
    """Find where the line through both slopes is zero."""
    return a.step + a.slope / (a.slope - b.slope) * (b.step - a.step)
