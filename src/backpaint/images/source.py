"""The source of a picture: a file, or a pipe that is read into one first.

`backpaint paint - style.jpg` and `backpaint paint <(curl ...) style.jpg` name pipes of this
process.  The child that decodes does not have them, and a decoder wants to go back and forth.
"""

import os
import re
import select
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import UsageError

STANDARD_INPUT = "standard input"
"""Its name as a picture's."""
LARGEST_STREAM = 1 << 30
"""Bytes; 100 megapixels of 16-bit color and opacity, not compressed, are 0.8 GB."""
PATIENCE = 30.0
"""Seconds without a byte until a pipe counts as silent."""
CHUNK = 1 << 20


def is_standard_input(path: str | Path) -> bool:
    """Whether a path stands for standard input.

    Examples
    --------
    >>> is_standard_input("-"), is_standard_input("./-")
    (True, False)
    """
    return os.fspath(path) in ("-", "/dev/stdin")


def name_of(path: str | Path) -> str:
    """Name a picture without its folder; of a pipe, what it is.

    Examples
    --------
    >>> name_of("photos/cat.jpg"), name_of("-")
    ('cat.jpg', 'standard input')
    >>> name_of("/dev/fd/63")
    'pipe 63'
    """
    if is_standard_input(path):
        return STANDARD_INPUT
    name = Path(path).name
    return f"pipe {name}" if re.fullmatch(r"/(dev|proc/\w+)/fd/\d+", os.fspath(path)) else name


@contextmanager
def regular_file(path: str | Path) -> Iterator[str]:
    """Return the name of a file that can be opened, also by another process.

    Parameters
    ----------
    path : str or Path
        A file, a pipe, or ``-`` for standard input.

    Yields
    ------
    str
        An absolute path without links, valid within the ``with`` block.

    Raises
    ------
    UsageError
        If there is nothing to read at `path`, more than `LARGEST_STREAM`, or for `PATIENCE`
        nothing comes; a sentence without its subject.
    """
    if is_standard_input(path):
        with _read_into_file(_reader_of_standard_input()) as name:
            yield name
        return
    try:
        kind = _kind(path)
    except OSError as error:
        raise UsageError(f"expected a file that can be read, found: {error.strerror}") from None
    real = os.path.realpath(path)
    if kind == "file" and os.path.exists(real):  # noqa: PTH110  # a string, as the child takes
        yield real
        return
    with _opened(path) as descriptor, _read_into_file(_reader(descriptor)) as name:
        yield name


def _kind(path: str | Path) -> str:
    """Return whether it is a file or a pipe; refuse what is neither."""
    if os.fspath(path) == "":
        raise UsageError("expected a picture, found an empty name; give the name of a file")
    if re.match(r"[A-Za-z]{2,}:/", os.fspath(path)):
        raise UsageError("expected a file, found a web address; download it first")
    if not Path(path).exists():
        raise UsageError("expected a picture, found no such file; check the name")
    status = Path(path).stat()
    if stat.S_ISDIR(status.st_mode):
        raise UsageError("expected a picture, found a folder; name a file in it")
    if stat.S_ISFIFO(status.st_mode):
        return "pipe"
    if not stat.S_ISREG(status.st_mode):
        raise UsageError("expected a file or a pipe, found a device; name a file")
    if status.st_size == 0:
        raise UsageError("expected a picture, found an empty file; copy it again")
    return "file"


@contextmanager
def _opened(path: str | Path) -> Iterator[int]:
    """Open a pipe without waiting for somebody who writes to it: there may be none."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _reader_of_standard_input() -> Callable[[], bytes]:
    if sys.stdin is None:
        raise UsageError("expected a picture, found no standard input; name a file")
    try:
        descriptor = sys.stdin.fileno()
    except OSError:  # replaced by an object of Python's
        return lambda: sys.stdin.buffer.read(CHUNK)
    if os.isatty(descriptor):
        raise UsageError(
            "expected a picture from a pipe or a file, found a terminal; "
            "name a file, or write `backpaint paint - style.jpg -o out.png < photo.jpg`"
        )
    if stat.S_ISCHR(os.fstat(descriptor).st_mode):
        raise UsageError("expected a picture from a pipe or a file, found a device; name a file")
    return _reader(descriptor)


def _reader(descriptor: int) -> Callable[[], bytes]:
    """Make the function that reads what comes next; b"" at the end."""

    def read() -> bytes:
        while True:
            if os.name == "posix" and not select.select([descriptor], [], [], PATIENCE)[0]:
                raise UsageError(
                    f"expected a picture, found a pipe from which nothing came for {PATIENCE:g} s; "
                    "check the command that writes to it"
                )
            with suppress(BlockingIOError):
                return os.read(descriptor, CHUNK)

    return read


@contextmanager
def _read_into_file(read: Callable[[], bytes]) -> Iterator[str]:
    """Keep all that comes in a temporary file."""
    with tempfile.NamedTemporaryFile(prefix="backpaint-", delete=False) as file:
        try:
            _copy(read, file)
            file.close()  # Windows opens no file twice
            yield file.name
        finally:
            file.close()
            Path(file.name).unlink()


def _copy(read: Callable[[], bytes], file: IO[bytes]) -> None:
    size = 0
    while chunk := read():
        size += len(chunk)
        if size > LARGEST_STREAM:
            raise UsageError(
                f"expected at most {LARGEST_STREAM >> 20} MB from a pipe, found more; name a file"
            )
        file.write(chunk)
    if size == 0:
        raise UsageError(
            "expected a picture, found nothing to read; check the command that writes it, and "
            "that only one picture comes from there"
        )
