"""The answer of a child process: plain values and arrays, or why there are none.

An answer is one line of JSON: ``{"values": ..., "arrays": [[type, [lengths]], ...]}``, or
``{"raised": reason}``, or ``{"refused": [found, expected]}``.  An array follows when it is asked
for, in parts: a line ``{"bytes": n}`` and n bytes each, or a line that tells why no more come.
Nothing is pickled, so whatever a broken child sends, this side only ever sees numbers.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .returned import Refusal

_NUMBERS = re.compile(r"[<>]?[bBhHiIlLqQefd]")
"""How the buffer protocol (and `struct`) calls the types that an array may have."""

Fetch = Callable[[int, tuple[int, ...], np.dtype[Any]], NDArray[Any]]
"""Transfers the array of some number, shape and type."""


class ChildError(Exception):
    """A call failed: ``str(error)`` completes "this file cannot be read: ...".

    ``"its parser crashes"``, ``"it takes longer than 120 s"``, or what the function raised.
    """


@dataclass(frozen=True)
class ChildArray:
    """An array that is still in the child.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    read : callable
        Transfers it, once; the child frees it when it is sent.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]


@dataclass(frozen=True)
class Answer:
    """The result of a function in its child process.

    Attributes
    ----------
    values : object
        Whatever JSON can express.
    arrays : tuple of ChildArray
        Readable until the call's ``with`` block ends.
    """

    values: Any
    arrays: tuple[ChildArray, ...]


def parse_answer(line: bytes, fetch: Fetch) -> Answer:
    """Read the line that a child sent.

    Parameters
    ----------
    line : bytes
        Of JSON, perhaps.
    fetch : callable
        Reads an array later.

    Returns
    -------
    Answer

    Raises
    ------
    ChildError
        If the function raised, or this is no answer.
    Refusal
        If the function raised it.
    """
    with _sense():
        answer = _told(line)
        described = enumerate(answer["arrays"])
        arrays = [_array(number, kind, lengths, fetch) for number, (kind, lengths) in described]
        return Answer(answer["values"], tuple(arrays))


def parse_part(line: bytes, missing: int) -> int:
    """Read the line in front of a part of an array.

    Parameters
    ----------
    line : bytes
        Of JSON, perhaps.
    missing : int
        Bytes of the array that are still to come.

    Returns
    -------
    int
        How many of them follow; at least one.

    Raises
    ------
    ChildError
        If reading failed, or this is no such line.
    Refusal
        If the array is not as it should be.
    """
    with _sense():
        size = int(_told(line)["bytes"])
        if not 0 < size <= missing:
            raise ValueError("a part of no such array")
        return size


@contextmanager
def _sense() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, RecursionError):
        raise ChildError("its parser answers nonsense") from None


def _told(line: bytes) -> dict[str, Any]:
    """Parse a line, and raise what it says was raised."""
    told: dict[str, Any] = json.loads(line)
    if "refused" in told:
        found, expected = told["refused"]
        raise Refusal(str(found), str(expected))
    if "raised" in told:
        raise ChildError(str(told["raised"]))
    return told


def _array(number: int, kind: str, lengths: list[int], fetch: Fetch) -> ChildArray:
    if not _NUMBERS.fullmatch(kind):
        raise ChildError(f"it holds values of type {kind!r:.40}")
    dtype, shape = np.dtype(kind), tuple(int(length) for length in lengths)
    if min(shape, default=0) < 0:
        raise ValueError("a negative length")
    return ChildArray(shape, dtype, partial(fetch, number, shape, dtype))
