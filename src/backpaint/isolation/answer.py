"""What a child process answers: plain values and arrays, or why there are none.

An answer is one line of JSON: ``{"values": ..., "arrays": [[type, [lengths]], ...]}``, or
``{"raised": reason}``.  The bytes of the arrays follow when they are asked for.  Nothing is
pickled, so whatever a broken child sends, this side only ever sees numbers.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """What a function returned in its child process.

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
    """
    try:
        answer = json.loads(line)
        if "raised" in answer:
            raise ChildError(str(answer["raised"]))
        described = enumerate(answer["arrays"])
        arrays = [_array(number, kind, lengths, fetch) for number, (kind, lengths) in described]
        return Answer(answer["values"], tuple(arrays))
    except (KeyError, TypeError, ValueError, RecursionError):
        raise ChildError("its parser answers nonsense") from None


def _array(number: int, kind: str, lengths: list[int], fetch: Fetch) -> ChildArray:
    if not _NUMBERS.fullmatch(kind):
        raise ChildError(f"it holds values of type {kind!r:.40}")
    dtype, shape = np.dtype(kind), tuple(int(length) for length in lengths)
    if min(shape, default=0) < 0:
        raise ValueError("a negative length")
    return ChildArray(shape, dtype, partial(fetch, number, shape, dtype))
