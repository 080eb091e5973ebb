"""The slope of a loss along a direction, by central differences whose step is found by itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .layouts import Array

TOLERANCE = 1e-5
"""Of the gradient's length: from there on, one direction suffices to call it wrong."""
FINEST = 1e-7
"""The same where most directions say so, and nothing else can be the reason."""
CERTAIN = 10
"""How often an error below `TOLERANCE` must contain what else could be its reason."""
SHARP = TOLERANCE / 10
"""How well differences with several steps must agree to judge by `TOLERANCE`."""
CLEAR = 5
"""How often an error must contain the doubt to count where differences are not sharp."""
FACTOR = 4
"""Between a step and the next shorter one."""
SINGLE, DOUBLE = (float(np.finfo(dtype).eps) / 2 for dtype in (np.float32, np.float64))
"""What rounding changes a number by, at most, relative to it."""
TYPICAL = 0.25
"""Of that most: how far apart rounded quotients are, even where they happen to agree."""
RUNGS = range(-6, 15)
"""Steps to try: unit * FACTOR ** -rung."""
WORSE = 64
"""Times the best doubt: from there on, shorter (or longer) steps only get worse."""
NEAR = 2
"""Rungs around the one that was good for another direction."""


@dataclass(frozen=True)
class Slope:
    """Along one direction: <gradient, v>, the difference quotient, and how sure that is.

    Attributes
    ----------
    told, measured : float
        What the gradient says, and what the loss does.
    doubt : float
        How far quotients with several steps are apart, relative to `scale`.
    scale : float
        The larger of both slopes.
    is_at_kink : bool
        Whether the doubt is that the loss has another slope on each side of x.
    rung : int
        Which step.
    steps : int
        How many steps in a row were compared.
    noise : float
        What rounding and a kink close to x may add to all of the quotients, relative to `scale`.
    """

    told: float
    measured: float
    doubt: float
    scale: float
    is_at_kink: bool
    rung: int
    steps: int
    noise: float

    @property
    def error(self) -> float:
        """The distance of both slopes, relative to `scale`."""
        return abs(self.told - self.measured) / self.scale

    @property
    def is_sharp(self) -> bool:
        """Whether the quotient can be trusted to the last digit that counts."""
        return self.doubt < SHARP

    @property
    def contradicts(self) -> bool:
        """Whether the gradient is wrong here for certain, be the quotient sharp or not."""
        return self.error > max(TOLERANCE, CLEAR * self.doubt)

    @property
    def tolerance(self) -> float:
        """Below which an error can have another reason than the gradient."""
        return min(TOLERANCE, max(FINEST, CERTAIN * self.doubt, CERTAIN * self.noise))

    @property
    def settles(self) -> bool:
        """Whether no other step need be tried: two agree with the gradient, or three agree."""
        agrees = self.is_sharp and self.error <= self.tolerance
        return agrees or (self.steps > 2 and (self.is_sharp or self.is_at_kink))


@dataclass(frozen=True)
class _Difference:
    """The central quotient with one step, and how much the loss bends there."""

    quotient: float
    bend: float


class Differences:
    """Central differences of a loss around x.

    Parameters
    ----------
    value : callable
        The loss alone.
    x : ndarray of float64
    loss : float
        Its value at x.
    unit : float
        The first step; shorter ones follow, and longer ones where rounding is in the way.
    in_single : bool
        Whether the loss has no more digits than float32.

    Notes
    -----
    Too long a step sees curves and kinks (ReLU, max pooling, |x|), too short a one rounding.  Three
    steps in a row that agree are in between; two are enough where the gradient agrees as well.
    """

    def __init__(
        self, value: Callable[[Array], float], x: Array, loss: float, unit: float, in_single: bool
    ) -> None:
        self._value, self._x, self._loss = value, x, loss
        self._unit, self._in_single = unit, in_single

    def step(self, rung: int) -> float:
        """Return the length of a step."""
        return float(self._unit * FACTOR**-rung)

    def slope(self, v: Array, told: float, near: int | None = None) -> Slope:
        """Measure along a direction with the best step there is.

        Parameters
        ----------
        v : ndarray of float64
            The direction.
        told : float
            What the gradient says.
        near : int, optional
            A rung that was good for another direction: no others are tried than those around it.
        """
        rungs = RUNGS if near is None else range(near - NEAR, near + NEAR + 1)
        first = 0 if near is None else near - 1
        best = Slope(told, np.nan, np.inf, 1.0, False, first, 0, np.inf)
        found: dict[int, _Difference] = {}
        for order in (range(first, rungs.stop), range(first - 1, rungs.start - 1, -1)):
            for rung in order:
                found[rung] = self._difference(v, rung)
                newest = [self._read(told, found, window) for window in _windows(found, rung)]
                for slope in newest:
                    if slope.settles:
                        return slope
                best = min((best, *newest[1:]), key=lambda slope: slope.doubt)
                if newest and newest[-1].doubt > WORSE * best.doubt:
                    break
        return best

    def _difference(self, v: Array, rung: int) -> _Difference:
        step = self.step(rung)
        ahead, behind = self._value(self._x + step * v), self._value(self._x - step * v)
        bend = (ahead - 2 * self._loss + behind) / (2 * step)
        return _Difference((ahead - behind) / (2 * step), bend)

    def _read(self, told: float, found: dict[int, _Difference], window: range) -> Slope:
        """Read the slope off steps in a row, with what they differ by as the doubt."""
        quotients = [found[rung].quotient for rung in window]
        measured = quotients[1]
        kink = _kink(found[window[0]], found[window[1]])
        scale = max(abs(told), abs(measured), kink, np.finfo(float).tiny)
        spread, rounding = float(np.ptp(quotients)), self._rounding(window[1])
        error = abs(told - measured)
        is_kinked = error > TOLERANCE * scale and kink > error / 100
        is_at_kink = is_kinked and spread < SHARP * scale
        doubt = max(spread, kink * is_kinked, rounding * (1 if self._in_single else TYPICAL))
        noise = max(rounding, kink)
        if not np.isfinite([doubt, noise, scale]).all():
            doubt = noise = np.inf
        with np.errstate(over="ignore"):
            doubt, noise = np.array([doubt, noise]) / scale
        return Slope(
            told, measured, float(doubt), scale, is_at_kink, window[1], len(window), float(noise)
        )

    def _rounding(self, rung: int) -> float:
        """Compute what a rounded loss may add to a quotient."""
        return (SINGLE if self._in_single else DOUBLE) * abs(self._loss) / self.step(rung)


def _kink(longer: _Difference, shorter: _Difference) -> float:
    """Compute the bend of a kink at x: as much in both steps, where a curve's is in proportion."""
    return abs(FACTOR * shorter.bend - longer.bend) / (FACTOR - 1)


def _windows(found: dict[int, _Difference], newest: int) -> list[range]:
    """List the two and the three steps in a row that end with the newest."""
    spans = [range(start, start + n) for n in (2, 3) for start in (newest - n + 1, newest)]
    return [span for span in spans if all(rung in found for rung in span)]
