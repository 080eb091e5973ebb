"""A check that the gradient of your objective is that of its loss."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .judging.asked import Asked, Misanswered, is_single
from .judging.layouts import Array
from .judging.reasons import explain_doubt, explain_error
from .judging.report import Finding, Report
from .judging.slopes import TOLERANCE, Differences, Slope

DIRECTIONS = 8


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
        The first step, a small but visible change of x, such as 1 for pixels from 0 to 255; from
        there a better one is looked for.  Absent: a hundredth of the standard deviation of `x`.
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
    NotJudged
        If the loss cannot tell: it is computed in float32 and the gradient is right as far as can
        be seen, or x lies at a kink.

    Notes
    -----
    Each direction moves all of x, with the gradient's signs, so that nothing cancels.  A long step
    sees curves and kinks (ReLU, max pooling, |x|), a short one rounding: the step shrinks, or
    grows, until quotients agree to 1e-6, and a direction where they never do does not decide.
    Where none does, a gradient is wrong whose error is several times what the quotients differ by.
    No error counts where x itself lies at a kink, as with ties in a window, and the loss has
    another slope on each side.

    An error below 1e-7 of the whole slope is not seen; where the loss or the gradient has float32's
    digits only, or rounding or a kink may be the reason, none below 1e-5.  One wrong element of a
    million may be less than that: check small pictures.

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
    try:
        ask = Asked(function, at, to_array)
    except Misanswered as answer:
        return _concluded(Finding("gradient", 1, (str(answer),), error=np.inf), raises)
    wrong = list(ask.complaints())
    slopes: list[Slope] = []
    undecided = ""
    if ask.usable:
        differences = _differences(ask, unit, seed)
        slopes = list(_slopes(ask, differences, seed))
        decisive = _decisive(slopes)
        if _is_off(ask, decisive):
            near = int(np.median([slope.rung for slope in decisive]))
            wrong = [*explain_error(ask, decisive, differences, near), *wrong]
        elif not decisive:
            undecided = explain_doubt(ask, slopes, differences)
    finding = Finding(
        "gradient", len(slopes), tuple(wrong), () if wrong else (*_doubts(slopes), *ask.notes()),
        max((slope.error for slope in _decisive(slopes)), default=np.inf), undecided,
    )  # fmt: skip
    return _concluded(finding, raises)


def _concluded(finding: Finding, raises: bool) -> Report:
    report = Report("objective", (finding,))
    return report.required() if raises else report


def _differences(ask: Asked, unit: float | None, seed: int) -> Differences:
    """Begin with the unit; learn from a loss beside x whether losses have float32's digits only."""
    if unit is None:
        unit = max(float(ask.x.std()), 1e-3) / 100
    ask.value(ask.x + unit * np.pi * next(_directions(ask.gradient, seed)))
    return Differences(ask.value, ask.x, ask.loss, unit, ask.in_single)


def _slopes(ask: Asked, differences: Differences, seed: int) -> Iterator[Slope]:
    """Measure along each direction; a step that was good for the first is good for the others."""
    near: int | None = None
    for v in _directions(ask.gradient, seed):
        slope = differences.slope(v, ask.told(v), near)
        near = slope.rung
        yield slope


def _decisive(slopes: list[Slope]) -> list[Slope]:
    """List the slopes that decide: sharp ones, or else those of a gradient that is off by far."""
    sharp = [slope for slope in slopes if slope.is_sharp]
    off = [slope for slope in slopes if slope.contradicts]
    return sharp or (off if len(off) > len(slopes) / 2 else [])


def _is_off(ask: Asked, decisive: list[Slope]) -> bool:
    """Whether the gradient is wrong: one slope is off clearly, or most of them by a little."""
    if any(slope.error > TOLERANCE for slope in decisive):
        return True
    off = sum(slope.error > slope.tolerance for slope in decisive)
    return off > DIRECTIONS / 2 and not is_single(ask.gradient)


def _directions(gradient: Array, seed: int) -> Iterator[Array]:
    """Draw directions with the gradient's signs, so that the parts of the slope do not cancel."""
    rng = np.random.default_rng(seed)
    for _ in range(DIRECTIONS):
        drawn = rng.uniform(0.25, 1, gradient.shape)
        yield np.where(gradient == 0, drawn, np.copysign(drawn, gradient))


def _doubts(slopes: list[Slope]) -> tuple[str, ...]:
    count = sum(not slope.is_sharp for slope in slopes)
    if not 0 < count < len(slopes):
        return ()
    return (f"{count} of {DIRECTIONS} directions cross a kink, and were not judged",)
