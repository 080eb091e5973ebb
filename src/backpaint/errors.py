"""The two ways in which a run can end badly, told apart by their exit codes."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from operator import index
from typing import Any, SupportsIndex, cast

INTERRUPTED = 130
"""Exit code of a run that a signal has ended, as shells have it after Ctrl-C."""


_LONGEST_VALUE = 100


class BackpaintError(Exception):
    """Anything that backpaint itself reports: one sentence a person can act on."""

    exit_code = 1


class UsageError(BackpaintError, ValueError):
    """Wrong use or unreadable input: what was found and expected, what to do (exit code 2)."""

    exit_code = 2


class RunError(BackpaintError, RuntimeError):
    """A run that began well and could not go on (exit code 1).

    Attributes
    ----------
    painting : Painting or None
        The last good picture, where `backpaint.paint` raised this.
    report : Report or None
        What became of pictures before, where `backpaint.paint_batch` raised this.
    """

    painting: Any = None
    report: Any = None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the name that somebody may have meant, in words to put after a wrong one.

    Parameters
    ----------
    name : str
        What was found.
    known : iterable of str
        What there is.

    Returns
    -------
    str
        Empty if nothing is near.

    Examples
    --------
    >>> did_you_mean("gaty", ["gatys", "log0"]), did_you_mean("monet", ["gatys", "log0"])
    (' (did you mean gatys?)', '')
    """
    near = get_close_matches(name.lower(), list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def shown(value: object) -> str:
    """Write a wrong value for a sentence: on one line, and not all of a large one.

    Examples
    --------
    >>> shown("x"), shown([1] * 100)[-12:]
    ("'x'", '1, 1, 1, ...')
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than 4300 digits
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE].rstrip()} ..."


def require_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise UsageError if a setting has a value that it cannot have."""
    if not isinstance(value, str) or value not in choices:
        *most, last = choices
        raise UsageError(f"{name} is {shown(value)}; expected {', '.join(most)} or {last}")


def whole_number(name: str, value: object, least: int) -> int:
    """Return a whole number as int, NumPy's included.

    Raises
    ------
    UsageError
        If it is something else, or less than `least`.

    Examples
    --------
    >>> whole_number("threads", 4, least=1)
    4
    """
    try:
        number = None if isinstance(value, bool) else index(cast(SupportsIndex, value))
    except TypeError:  # also of an array of several
        number = None
    if number is None or number < least:
        raise UsageError(f"{name} is {shown(value)}; expected a whole number, {least} or more")
    return number


def require_callable(name: str, value: object) -> None:
    """Raise UsageError if what is to be called during a run cannot be."""
    if value is not None and not callable(value):
        raise UsageError(f"{name} is {shown(value)}; expected a function, or None")
