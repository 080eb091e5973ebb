"""Checks that the gradient of somebody's objective is that of its loss."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..check.operations.tolerances import STEP
from .judging.factors import name_factor
from .judging.layouts import Array, to_numpy
from .judging.report import Finding, Report

TOLERANCE = 1e-5
"""Of the gradient's length; a central difference in float64 is right to 1e-8 or so."""
DIRECTIONS = 8


@dataclass(frozen=True)
class _Slope:
    """Along one direction: <gradient, v>, the difference quotient, and how sure that is."""

    told: float
    measured: float
    doubt: float
    scale: float

    @property
    def error(self) -> float:
        return abs(self.told - self.measured) / self.scale

    @property
    def judged(self) -> bool:
        """Whether the quotient can be trusted."""
        return self.doubt < TOLERANCE / 10


def check_objective(
    function: Callable[[Any], tuple[Any, Any]],
    x: ArrayLike,
    *,
    to_array: Callable[[Array], Any] | None = None,
    unit: float | None = None,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Check any function that returns a loss and its gradient, by finite differences.

    Parameters
    ----------
    function : callable
        ``loss, gradient = function(x)``, as `scipy.optimize` wants it; it should compute in
        float64.
    x : array_like of float
        Where to check: not where something is special, such as an image equal to the content.
    to_array : callable, optional
        Makes an array of your library, such as ``torch.from_numpy``.
    unit : float, optional
        A small but visible change of x, such as 1 for pixels from 0 to 255.  Absent: a hundredth
        of the standard deviation of `x`.
    seed : int
        Of the directions.
    raises : bool
        False: return the report even if something is wrong.

    Returns
    -------
    Report

    Raises
    ------
    WrongGradient
        If the gradient is not that of the loss.

    Notes
    -----
    Each direction moves all of x, with the gradient's signs, so that nothing cancels; the quotient
    is taken with two steps.  Where they disagree, a kink (ReLU, max pooling, |x|) or rounding is in
    the way, and the direction is not judged; nor is an error where x itself lies at a kink, as with
    ties in a window, and the loss has another slope on each side.

    Examples
    --------
    >>> import numpy as np
    >>> from backpaint.testing import check_objective
    >>> check_objective(lambda x: (np.sum(x**2), 2 * x), np.arange(4.0)).ok
    True
    >>> print(check_objective(lambda x: (np.sum(x**2), x), np.arange(4.0), raises=False))
    ... # doctest: +ELLIPSIS
    objective
      gradient: WRONG (8 cases, worst error ...)
        a factor 2 is missing: the gradient is 1 / 2 of the loss's slope
    """
    at = np.array(x, np.float64)
    ask = _Asker(function, at, to_array)
    wrong = list(ask.complaints())
    slopes: list[_Slope] = []
    if ask.usable:
        step = STEP * 100 * (unit if unit is not None else max(float(at.std()), 1e-3) / 100)
        directions = list(_directions(ask.gradient, seed))
        slopes = [ask.slope(v, step) for v in directions]
        wrong = [*_judge(ask, slopes, step), *wrong]
    judged = [slope for slope in slopes if slope.judged]
    error = max((slope.error for slope in judged), default=np.inf)
    notes = _doubts(len(slopes) - len(judged)) if not wrong else ()
    report = Report("objective", (Finding("gradient", len(slopes), tuple(wrong), notes, error),))
    return report.required() if raises else report


class _Asker:
    """Calls the function, and remembers what it gave at x."""

    def __init__(
        self, function: Callable[[Any], Any], x: Array, to_array: Callable[[Array], Any] | None
    ) -> None:
        self._function = function
        self._to_array = to_array
        self.in_single = True  # until a loss has more digits than float32
        self.x = x
        argument = self._argument(x)
        loss, gradient = function(argument)
        self._written = not np.array_equal(to_numpy(argument), x)
        self.loss, self.gradient = float(to_numpy(loss)), to_numpy(gradient)
        again, second = function(self._argument(x))
        self._again = (float(to_numpy(again)), to_numpy(second))

    @property
    def usable(self) -> bool:
        """Whether differences can tell anything."""
        return (
            self.gradient.shape == self.x.shape
            and bool(np.isfinite(self.gradient).all())
            and np.isfinite(self.loss)
            and self._again[0] == self.loss
        )

    def complaints(self) -> Iterator[str]:
        """Tell what is wrong besides the values."""
        if self._written:
            yield "it writes into its argument x"
        if self.gradient.shape != self.x.shape:
            yield f"the gradient has the shape {self.gradient.shape}; x has {self.x.shape}"
        elif not (np.isfinite(self.gradient).all() and np.isfinite(self.loss)):
            yield "the loss or the gradient is NaN or infinite"
        if self._again[0] != self.loss:
            yield "the loss is another one when it is called again with the same x"
        elif not np.array_equal(self._again[1], self.gradient, equal_nan=True):
            double = np.allclose(self._again[1], 2 * self.gradient)
            yield (
                "the gradient adds up: the second call with the same x gives the double"
                if double
                else "the gradient is another one when it is called again with the same x"
            )

    def value(self, x: Array) -> float:
        """Compute the loss alone."""
        loss = float(to_numpy(self._function(self._argument(x))[0]))
        self.in_single &= float(np.float32(loss)) == loss
        return loss

    def slope(self, v: Array, step: float) -> _Slope:
        """Compare along a direction; the second, shorter step tells how sure the quotient is."""
        quotients, bends = [], []
        for s in (step, step / 4):
            ahead, behind = self.value(self.x + s * v), self.value(self.x - s * v)
            quotients.append((ahead - behind) / (2 * s))
            bends.append((ahead - 2 * self.loss + behind) / (2 * s))
        told = float(np.sum(self.gradient.astype(np.float64) * v))
        measured = quotients[0]
        kink = abs(4 * bends[1] - bends[0]) / 3  # a curve bends a quarter as much in the short step
        doubt = abs(measured - quotients[1])
        scale = max(abs(told), abs(measured), np.finfo(float).tiny)
        error = abs(told - measured)
        if error > TOLERANCE * scale and kink > error / 100:  # x lies at a kink, as with ties
            doubt = max(doubt, kink)
        return _Slope(told, measured, doubt / scale, scale)

    def _argument(self, x: Array) -> Any:
        return x.copy() if self._to_array is None else self._to_array(x.copy())


def _directions(gradient: Array, seed: int) -> Iterator[Array]:
    """Draw directions with the gradient's signs, so that the parts of the slope do not cancel."""
    rng = np.random.default_rng(seed)
    for _ in range(DIRECTIONS):
        drawn = rng.uniform(0.25, 1, gradient.shape)
        yield np.where(gradient == 0, drawn, np.copysign(drawn, gradient))


def _judge(ask: _Asker, slopes: list[_Slope], step: float) -> Iterator[str]:
    """Say what is wrong with the gradient's values."""
    judged = [slope for slope in slopes if slope.judged]
    if not judged:
        yield (
            "no direction could be judged: two steps, or two sides of x, give two slopes. Either "
            "the loss is computed in float32 and finite differences need float64, or x lies at a "
            "kink, as with ties in a max pooling: choose another x"
        )
        return
    if max(slope.error for slope in judged) <= TOLERANCE:
        return
    if ask.in_single:
        yield "the loss is computed in float32: finite differences need float64"
        return
    ratios = [slope.told / slope.measured for slope in judged if slope.measured]
    if ratios and np.ptp(ratios) < TOLERANCE * max(map(abs, ratios)):
        yield _explain_ratio(float(np.mean(ratios)), ask.x)
        return
    yield from _where(ask, step)


def _explain_ratio(value: float, x: Array) -> str:
    if abs(value * x.size - 1) < 1e-4:
        return (
            "the loss sums but the gradient averages: the gradient is 1 / N of the loss's slope, "
            f"with N = {x.size} elements"
        )
    if abs(value / x.size - 1) < 1e-4:
        return (
            "the loss averages but the gradient sums: the gradient is N times the loss's slope, "
            f"with N = {x.size} elements"
        )
    name = name_factor([value], [{}], close=TOLERANCE)
    if name == "-1":
        return "the sign is wrong: the gradient is -1 times the loss's slope"
    if name == "1 / 2":
        return "a factor 2 is missing: the gradient is 1 / 2 of the loss's slope"
    return f"the gradient is {name or f'{value:.6g}'} times the loss's slope, in every direction"


def _where(ask: _Asker, step: float) -> Iterator[str]:
    """Probe single elements, and tell which are wrong."""
    rng = np.random.default_rng(1)
    wrong: list[tuple[float, tuple[int, ...], float]] = []
    largest = float(np.abs(ask.gradient).max())
    count = min(ask.x.size, 60)
    for flat in rng.choice(ask.x.size, count, replace=False):
        index = tuple(int(i) for i in np.unravel_index(flat, ask.x.shape))
        v = np.zeros_like(ask.x)
        v[index] = 1
        slope = ask.slope(v, step)
        error = abs(slope.told - slope.measured)
        if slope.judged and error > 1e-4 * max(largest, abs(slope.measured)):
            wrong.append((error, index, slope.measured))
    if not wrong:
        yield "the gradient is not the loss's slope, by a little, spread over all elements"
        return
    yield f"{len(wrong)} of {count} elements that were tried are wrong"
    yield from _pattern([index for _, index, _ in wrong], ask.x.shape, count)
    _, index, measured = max(wrong)
    yield f"gradient{list(index)} is {ask.gradient[index]:.6g}; the loss's slope is {measured:.6g}"


def _pattern(indices: list[tuple[int, ...]], shape: tuple[int, ...], tried: int) -> Iterator[str]:
    if len(shape) < 2 or len(indices) == tried:
        return
    edges = all(
        any(i in (0, length - 1) for i, length in zip(index[:2], shape[:2], strict=True))
        for index in indices
    )
    if edges:
        yield "all of them are in the outermost rows or columns"
    if len(shape) == 3 and len({index[2] for index in indices}) == 1 < shape[2]:
        yield f"all of them are in channel {indices[0][2]}"


def _doubts(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{count} of {DIRECTIONS} directions cross a kink, and were not judged",)
