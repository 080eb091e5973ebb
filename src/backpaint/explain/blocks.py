"""The blocks of an explanation: paragraphs, grids of numbers, lines of arithmetic."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cell = tuple[int, ...]


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A small matrix of numbers with its name.

    Attributes
    ----------
    name : str
        As in the code: ``"x[:, :, 0]"``.
    values : (rows, columns) ndarray of float
    marked : collection of (int, int)
        Row and column of cells to point at.
    """

    name: str
    values: Array
    marked: Collection[Cell] = ()


@dataclass(frozen=True)
class Grids:
    """Grids side by side, as many as fit."""

    grids: Sequence[Grid]


@dataclass(frozen=True)
class Lines:
    """Arithmetic, each line as it stands."""

    lines: Sequence[str]


Block = Paragraph | Grids | Lines


@dataclass(frozen=True)
class Section:
    """A heading and what is under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Explanation:
    """One operation, explained with every number.

    Attributes
    ----------
    title : str
    sections : sequence of Section
    """

    title: str
    sections: Sequence[Section]


def number(value: float) -> str:
    """Write a number with at most four decimals.

    Examples
    --------
    >>> number(2.0), number(-0.5), number(1 / 3), number(-0.0)
    ('2', '-0.5', '0.3333', '0')
    """
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def channels(name: str, x: Array, marked: Collection[tuple[int, int, int]] = ()) -> list[Grid]:
    """Show a feature map, one grid for each channel.

    Parameters
    ----------
    name : str
        Of the array.
    x : (H, W, C) ndarray of float
    marked : collection of (int, int, int)
        Entries to point at.
    """
    return [
        Grid(f"{name}[:, :, {c}]", x[:, :, c], [(i, j) for i, j, k in marked if k == c])
        for c in range(x.shape[2])
    ]


@dataclass(frozen=True)
class Term:
    """One product of a sum.

    Attributes
    ----------
    names : tuple of str
        Its factors as in the code.
    factors : tuple of float
    remark : str
        Why it is special; such as that it lies in the padding.
    """

    names: tuple[str, ...]
    factors: tuple[float, ...]
    remark: str = ""

    @property
    def value(self) -> float:
        """The product."""
        return float(np.prod(self.factors))


def written_out(name: str, terms: Sequence[Term], divisor: float = 1.0) -> Lines:
    """Write a sum of products, one product a line, and its total.

    Parameters
    ----------
    name : str
        What the sum is.
    terms : sequence of Term
    divisor : float
        Of the whole sum.
    """
    factors = [" * ".join(term.names) for term in terms]
    numbers = [" * ".join(f"{number(f):>6}" for f in term.factors) for term in terms]
    left, middle = (max(map(len, texts), default=0) for texts in (factors, numbers))
    lines = []
    for index, (term, factor, value) in enumerate(zip(terms, factors, numbers, strict=True)):
        sign = "=" if index == 0 else "+"
        head = name if index == 0 else " " * len(name)
        result = f"{number(term.value):>8}"
        lines.append(
            f"{head} {sign} {factor:<{left}} = {value:<{middle}} = {result}  {term.remark}"
        )
    total = sum(term.value for term in terms)
    end = f"{' ' * len(name)} = {number(total)}"
    if divisor != 1:
        end += f" / {number(divisor)} = {number(total / divisor)}"
    return Lines([*(line.rstrip() for line in lines), end])


def three_ways(name: str, by_hand: float, reference: float, difference: float) -> Lines:
    """Put the sum by hand, the reference's value and the finite difference one below the other."""
    return Lines(
        [
            f"{name}",
            f"    the sum above         {by_hand:>16.10f}",
            f"    backpaint.reference   {reference:>16.10f}",
            f"    finite difference     {difference:>16.10f}",
        ]
    )
