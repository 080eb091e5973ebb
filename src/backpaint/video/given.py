"""The wishes for a film, as text or as numbers: times, distances, iterations, stability."""

import errno
from collections.abc import Sequence

import numpy as np

from ..errors import RunError, UsageError, shown
from ..plain import plain

RESUME = "--resume (in Python resume=True)"
"""How a film that was begun is gone on with."""


def parse_distances(given: str | Sequence[int], name: str = "--look-back") -> tuple[int, ...]:
    """Read how many frames back others are looked at.

    Parameters
    ----------
    given : str or sequence of int
    name : str
        What it is called, for messages; likewise in the others.

    Raises
    ------
    UsageError
        If it is no list of whole numbers that begins with 1.

    Examples
    --------
    >>> parse_distances("1,2,4"), parse_distances([1, 8])
    ((1, 2, 4), (1, 8))
    """
    numbers = _whole_numbers(given)
    if not numbers or numbers[0] != 1 or sorted(set(numbers)) != numbers:
        raise UsageError(
            f"{name} is {shown(given)}; expected growing numbers from 1, such as 1,2,4"
        )
    return tuple(numbers)


def parse_iterations(
    given: str | int | Sequence[int] | None, usual: int, name: str = "--iterations"
) -> tuple[int, int]:
    """Read how many iterations the first frame gets, and every other.

    Parameters
    ----------
    given : str, int, sequence of int, or None
        One number or two; the second one is two fifths of the first unless it is told.
    usual : int
        The recipe's.

    Raises
    ------
    UsageError
        If there are others.

    Examples
    --------
    >>> parse_iterations("100", 200), parse_iterations((100, 30), 200), parse_iterations(None, 200)
    ((100, 40), (100, 30), (200, 80))
    """
    numbers = [usual] if given is None else _whole_numbers(given)
    if len(numbers) not in (1, 2) or min(numbers) < 1:
        raise UsageError(
            f"{name} is {shown(given)}; expected one number from 1, or two such as 100,40: "
            "for the first frame, and for every other"
        )
    first = numbers[0]
    return first, numbers[1] if len(numbers) == 2 else max(1, first * 2 // 5)


def parse_time(name: str, given: str | float | None) -> float | None:
    """Read a time in a clip as seconds.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> parse_time("--start", "1:05.5"), parse_time("--start", "7"), parse_time("--end", None)
    (65.5, 7.0, None)
    """
    if given is None:
        return None
    parts = str(given).split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or not np.isfinite(numbers).all() or min(numbers) < 0:
        raise UsageError(
            f"{name} is {shown(given)}; expected seconds such as 12.5, or 1:05 or 1:02:03"
        )
    return float(sum(number * 60**power for power, number in enumerate(reversed(numbers))))


def _whole_numbers(given: str | int | Sequence[int]) -> list[int]:
    """Return whole numbers; none of anything else."""
    value = plain(given)
    parts = value.split(",") if isinstance(value, str) else value
    try:
        numbers = [int(part) for part in (parts if np.iterable(parts) else [parts])]
    except (TypeError, ValueError):
        return []
    is_exact = isinstance(value, str) or numbers == [*np.ravel(value)]
    return numbers if is_exact else []


def require_stability(value: float, name: str = "--stability") -> float:
    """Return a weight that is 0 or more.

    Raises
    ------
    UsageError
        If it is not.
    """
    number = plain(value)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not (is_number and np.isfinite(number) and number >= 0):
        raise UsageError(f"{name} is {shown(value)}; expected a number from 0")
    return float(number)


def require_span(begin: float | None, end: float | None) -> None:
    """Raise UsageError unless a part of a clip ends behind where it begins."""
    if end is not None and end <= (begin or 0.0):
        raise UsageError(
            f"the end, {end:g} s, is not behind the start, {begin or 0:g} s; choose a later end"
        )


def advised(error: RunError) -> RunError:
    """Return what a file could not be written for, with what a person can do.

    Examples
    --------
    >>> error = RunError("out.mp4 could not be written: No space left on device")
    >>> error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    >>> print(advised(error))
    out.mp4 could not be written: No space left on device; make room, and go on with \
--resume (in Python resume=True)
    """
    cause = error.__cause__
    is_full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
    return RunError(f"{error}; {'make room' if is_full else 'mend that'}, and go on with {RESUME}")
