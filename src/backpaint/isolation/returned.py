"""Classes that a child process may return or raise, beside plain values and buffers.

Nothing is imported here that takes time: every child starts with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


class Refusal(Exception):
    """A file that the function understood and does not want; it comes back as it was raised.

    Parameters
    ----------
    found : str
        What is wrong.
    expected : str
        What should be there instead.
    """

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found, expected)
        self.found, self.expected = found, expected


@dataclass(frozen=True)
class StreamedArray:
    """An array that is read when it is asked for, so that the child never holds all of it.

    Attributes
    ----------
    format : str
        Type of its numbers, as the buffer protocol calls it.
    shape : tuple of int
    parts : callable
        Yields buffers that follow each other in C order.
    """

    format: str
    shape: tuple[int, ...]
    parts: Callable[[], Iterator[Any]]


def reason_of(error: Exception) -> str:
    """Return the first line of what an exception says; its type's name where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
