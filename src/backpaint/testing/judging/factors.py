"""Whether a wrong result is the right one times a factor, and what that factor is made of."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Symbols = dict[str, int]
"""What a case's sizes are called: C channels, M positions, K channels out."""

CONSTANTS = sorted({Fraction(*pair) for pair in product((1, 2, 3, 4, 6, 8, 9, 16), repeat=2)})
POWERS = range(-4, 5)
CLOSE = 1e-9


def ratio(found: Array, right: Array) -> float | None:
    """Return by which factor two arrays differ.

    Returns
    -------
    float or None
        None if they differ by more than a factor, or if there is nothing to divide by.
    """
    if found.shape != right.shape or not right.any():
        return None
    factor = float(np.vdot(right, found) / np.vdot(right, right))
    off = np.abs(found - factor * right).max()
    return factor if off <= CLOSE * max(abs(factor), 1) * np.abs(right).max() else None


def name_factor(
    ratios: Sequence[float], sizes: Sequence[Symbols], close: float = CLOSE
) -> str | None:
    """Find the simplest product of sizes and a fraction that gives all ratios.

    Parameters
    ----------
    ratios : sequence of float
        One for each case.
    sizes : sequence of dict of str to int
        The sizes in that case.
    close : float
        How far a ratio may be off, relative to its size.

    Returns
    -------
    str or None
        ``"2"``, ``"-1"``, ``"1 / (C M)"``; None if there is no such product.

    Examples
    --------
    >>> name_factor([1 / 6, 1 / 30], [{"C": 2, "M": 3}, {"C": 3, "M": 10}])
    '1 / (C M)'
    """
    values = np.array(ratios)
    if not values.all() or (np.sign(values) != np.sign(values[0])).any():
        return None
    symbols = list(sizes[0])
    logs = np.log([[size[symbol] for symbol in symbols] for size in sizes])  # (cases, symbols)
    products = list(product(POWERS, repeat=len(symbols)))
    # What the sizes leave of each ratio must be one constant.
    left = np.log(np.abs(values)) - np.array(products) @ logs.T  # (products, cases)
    fitting = [
        (constant, powers)
        for powers, rest in zip(products, left, strict=True)
        if np.ptp(rest) < 2 * close
        for constant in CONSTANTS
        if np.abs(rest - np.log(float(constant))).max() < close
    ]
    if not fitting:
        return None
    constant, powers = min(fitting, key=_complexity)
    return _written(int(np.sign(values[0])), constant, dict(zip(symbols, powers, strict=True)))


def _complexity(candidate: tuple[Fraction, tuple[int, ...]]) -> int:
    constant, powers = candidate
    return constant.numerator + constant.denominator + 3 * sum(map(abs, powers))


def _written(sign: int, constant: Fraction, powers: dict[str, int]) -> str:
    above = [*_number(constant.numerator), *_power(powers, 1)]
    below = [*_number(constant.denominator), *_power(powers, -1)]
    text = " ".join(above) or "1"
    if below:
        joined = " ".join(below)
        text += f" / {joined}" if len(below) == 1 else f" / ({joined})"
    return f"-{text}" if sign < 0 else text


def _number(value: int) -> list[str]:
    return [] if value == 1 else [str(value)]


def _power(powers: dict[str, int], sign: int) -> list[str]:
    return [
        symbol if abs(power) == 1 else f"{symbol}^{abs(power)}"
        for symbol, power in powers.items()
        if power * sign > 0
    ]
