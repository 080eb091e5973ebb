"""Divisors as a recipe writes them, and what their letters stand for."""

import math
import re
from collections.abc import Mapping, Sequence

from ...problem.problem import Problem
from ..libraries.twins import Library, Tensor


def factors(divisor: str) -> list[tuple[str, float]]:
    """Read a divisor as it is written: names or numbers, each with its power; a root comes last.

    Examples
    --------
    >>> factors("4 C^2")
    [('4', 1.0), ('C', 2.0)]
    """
    outside, _, inside = divisor.partition("sqrt")
    return [
        (name, float(power or 1) * share)
        for part, share in ((outside, 1.0), (inside, 0.5))
        for name, power in re.findall(r"(\w+)(?:\^(\d))?", part)
    ]


def product(divisor: Sequence[tuple[str, float]], sizes: Mapping[str, float]) -> float:
    """Compute a divisor.

    Parameters
    ----------
    divisor : sequence of (str, float)
        Its `factors`.
    sizes : mapping of str to float
        What the letters stand for.

    Examples
    --------
    >>> product(factors("4 C^2 M_style^2"), {"C": 3, "M_style": 5})
    900.0
    """
    total = 1.0
    for name, power in divisor:
        total *= (sizes[name] if name in sizes else float(name)) ** power
    return total


def divisor_of(
    library: Library, divisor: str, sizes: Mapping[str, float], target: Tensor
) -> Tensor | float:
    """Compute a divisor; ``|A|^2`` and ``|P|^2`` are the target's sum of squares, 1 for zeros."""
    if divisor.startswith("|"):
        squares = library.total(target * target)
        return squares + 0.0**squares  # 0^0 is 1: compiled graphs know no branches
    return product(factors(divisor), sizes)


def sizes_of(problem: Problem, features: Tensor) -> dict[str, float]:
    """Return the values of the letters in divisors; see `recipe.py`."""
    height, width, channels = (int(length) for length in features.shape)
    return {"C": channels, "M": height * width, "P": math.prod(problem.shape)}
