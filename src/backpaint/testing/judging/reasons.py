"""Why slopes and a gradient differ, or why that cannot be told, in words."""

from collections.abc import Iterator

import numpy as np

from .asked import Asked
from .elements import probe_elements
from .factors import name_factor
from .layouts import Array
from .slopes import RUNGS, Differences, Slope

COARSE = 0.05
"""How uncertain a factor may be and still be called by a name."""


def explain_error(
    ask: Asked, slopes: list[Slope], differences: Differences, near: int
) -> Iterator[str]:
    """Describe what is wrong with the gradient's values."""
    close = max(max(slope.tolerance, 2 * slope.doubt) for slope in slopes)
    ratios = np.array([slope.told / slope.measured for slope in slopes if slope.measured])
    if ratios.size and np.ptp(ratios) < min(
        close * np.abs(ratios).max(), abs(ratios.mean() - 1) / 2
    ):
        yield _explain_ratio(float(np.mean(ratios)), ask.x, close)
    else:
        yield from probe_elements(ask, differences, near)


def _explain_ratio(value: float, x: Array, close: float) -> str:
    """Name the factor; where it is known too coarsely for a name, say between what it lies."""
    if close > COARSE:
        low, high = sorted((value * (1 - close), value * (1 + close)))
        return f"the gradient is {low:.2g} to {high:.2g} times the loss's slope, in every direction"
    if x.size > 1 and abs(value * x.size - 1) < min(10 * close, 0.01):
        return (
            "the loss sums but the gradient averages: the gradient is 1 / N of the loss's slope, "
            f"with N = {x.size} elements"
        )
    if x.size > 1 and abs(value / x.size - 1) < min(10 * close, 0.01):
        return (
            "the loss averages but the gradient sums: the gradient is N times the loss's slope, "
            f"with N = {x.size} elements"
        )
    name = name_factor([value], [{}], close=close)
    if name == "-1":
        return "the sign is wrong: the gradient is -1 times the loss's slope"
    if name == "1 / 2":
        return "a factor 2 is missing: the gradient is 1 / 2 of the loss's slope"
    digits = max(2, min(9, round(-np.log10(close)) + 1))
    times = f"{value:.{digits}g}" if name in (None, "1") else name
    return f"the gradient is {times} times the loss's slope, in every direction"


def explain_doubt(ask: Asked, slopes: list[Slope], differences: Differences) -> str:
    """Explain why no direction could be judged."""
    error, doubt = (float(np.median([getattr(slope, name) for slope in slopes]))
                    for name in ("error", "doubt"))  # fmt: skip
    if sum(slope.is_at_kink for slope in slopes) > len(slopes) / 2:
        return (
            "x lies at a kink, as with ties in a max pooling: two sides of x give two slopes; "
            "choose another x, such as this one with a little noise"
        )
    seen = (
        f"slopes with different steps are {doubt:.1e} apart, and the gradient is off by "
        f"{error:.1e}, which they cannot tell from right"
    )
    if ask.in_single or ask.gradient.dtype == np.float32:
        what = "loss" if ask.in_single else "gradient"
        return f"the {what} is computed in float32: {seen}; compute in float64 to know more"
    longest, shortest = (differences.step(rung) for rung in (RUNGS[0], RUNGS[-1]))
    return (
        f"with steps from {longest:.1g} to {shortest:.1g}, {seen}; either part of the loss is "
        "computed in float32, or kinks (ReLU, max pooling) lie densely around x: compute in "
        "float64, or choose another x"
    )
