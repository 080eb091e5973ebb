"""Arrays of a file whose library may crash, and therefore runs in a child process.

In the child, `described` turns what was found into an answer; here, `parsed` turns it back.
Numbers are read when an array is read here, so that none is there twice: from their place in the
file if they lie there in a row, which takes no library; else they are unpacked and sent.

Each file has a child of its own: a file that corrupts its parser without crashing it would
otherwise reach the next one.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...isolation.answer import Answer, ChildArray, ChildError
from ...isolation.child import Child
from ...isolation.limits import Limits
from ...isolation.returned import Refusal, StreamedArray
from ..assembly.stored import StoredArray, UnsuitableFileError

_OTHER_KINDS = re.compile(r"[|<>][bcOSUV]\d*|[<>]f16")
"""Types that are named, and never sent: boolean, complex, objects, text, structs, long floats."""


@contextmanager
def parsed(
    parse: Callable[..., Any], path: Path, limits: Limits
) -> Iterator[tuple[Any, dict[str, StoredArray]]]:
    """Let a child process parse a file.

    Parameters
    ----------
    parse : callable
        Of a module.  It takes the absolute path as str, and returns what `described` returns.
    path : Path
        Of the file.
    limits : Limits
        Of the child.

    Yields
    ------
    about : object
        Plain values.
    arrays : dict of str to StoredArray
        Readable within the block.

    Raises
    ------
    UnsuitableFileError
        If it is refused, or the parser crashes, or needs too much time or memory; so do the arrays
        when they are read.
    """
    with (
        _told(),
        closing(Child(parse.__module__, limits)) as child,
        child.call(parse, str(path.absolute())) as answer,
    ):
        yield _found(answer, path)


def described(
    about: Any, arrays: Mapping[str, StoredArray], start: int = 0
) -> tuple[dict[str, Any], list[StreamedArray]]:
    """Describe arrays for the parent, in the child.

    Parameters
    ----------
    about : object
        Whatever JSON can express.
    arrays : mapping of str to StoredArray
        Read when they are asked for; in `parts`, or by the parent at a `place`, if they have these.
    start : int
        Of the places.

    Returns
    -------
    values, arrays
    """
    kinds = {name: (_other_kind(array), _place(array, start)) for name, array in arrays.items()}
    return {"about": about, "kinds": kinds}, [_streamed(array) for array in arrays.values()]


@contextmanager
def refusals() -> Iterator[None]:
    """Send refusals to the parent as they are."""
    try:
        yield
    except UnsuitableFileError as error:
        raise Refusal(error.found, error.expected) from error


def _place(array: StoredArray, start: int) -> int | None:
    place: int | None = getattr(array, "place", None)
    return None if place is None else start + place


def _other_kind(array: StoredArray) -> str:
    """Name a type that no layer has, so that only its description is sent; empty for numbers."""
    is_number = array.dtype.kind in "fiu" and array.dtype.itemsize <= 8
    return "" if is_number else array.dtype.str


def _streamed(array: StoredArray) -> StreamedArray:
    kind = "B" if _other_kind(array) else np.empty(0, array.dtype).data.format
    return StreamedArray(kind, array.shape, partial(_parts, array))


def _parts(array: StoredArray) -> Iterator[NDArray[Any]]:
    with refusals():
        parts = getattr(array, "parts", None)
        yield from parts() if parts else [array.read()]


def _found(answer: Answer, path: Path) -> tuple[Any, dict[str, StoredArray]]:
    try:
        about, kinds = answer.values["about"], answer.values["kinds"].items()
        named = zip(kinds, answer.arrays, strict=True)
        return about, {
            name: _stored_array(kind, place, array, path) for (name, (kind, place)), array in named
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ChildError("its parser answers nonsense") from None


def _stored_array(kind: str, place: int | None, array: ChildArray, path: Path) -> StoredArray:
    if kind:
        dtype = np.dtype(kind if _OTHER_KINDS.fullmatch(kind) else "V")
        return StoredArray(array.shape, dtype, partial(_read, array))
    if place is None:
        return StoredArray(array.shape, array.dtype, partial(_read, array))
    return StoredArray(array.shape, array.dtype, partial(_read_row, array, path, int(place)))


def _read_row(array: ChildArray, path: Path, place: int) -> NDArray[Any]:
    count = math.prod(array.shape)
    if not 0 <= place <= path.stat().st_size - count * array.dtype.itemsize:
        raise UnsuitableFileError("ends before its numbers do", "a complete file")
    return np.fromfile(path, array.dtype, count, offset=place).reshape(array.shape)


def _read(array: ChildArray) -> NDArray[Any]:
    with _told():
        return array.read()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a child says into a refusal."""
    try:
        yield
    except Refusal as error:
        raise UnsuitableFileError(error.found, error.expected) from error
    except ChildError as error:
        raise UnsuitableFileError(str(error), "a complete file") from error
