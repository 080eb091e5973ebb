"""Parsers that may crash run in a process of their own, with limits of memory and time.

Some libraries crash on files that were damaged on purpose: one changed type code in a .mat file
ends SciPy's `loadmat`, and with it the program.  `isolated_call` runs such a function in a child
process.  A crash there becomes an exception here, and "this file is damaged" for a person.

The child answers by one line of JSON (plain values, and the type and shape of every array), then
sends the bytes of the arrays that it is asked for.  Nothing is pickled, so whatever a broken child
sends, this side only ever sees numbers.  `isolated.py` is the child's side.

The limit of time holds everywhere.  **The limit of memory holds on Linux only**: macOS accepts but
does not enforce it, and Windows has none; there, a file may use as much memory as its parser asks.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .assemble import StoredArray, UnsuitableFileError

_LONGEST_ANSWER = 1 << 22
_NUMBERS = re.compile(r"[<>|][fiu][1248]")


@dataclass(frozen=True)
class Limits:
    """How much a child process may use.

    Attributes
    ----------
    memory : int
        Bytes of address space, Python and its libraries included (Linux only).
    seconds : float
        Of wall-clock time from its start until its last array was read.
    """

    memory: int = 4 << 30
    seconds: float = 120.0


@dataclass(frozen=True)
class Answer:
    """What a function returned in its child process.

    Attributes
    ----------
    values : object
        Whatever JSON can express.
    arrays : tuple of StoredArray
        Still in the child; each can be read once, and is freed there when it is sent.
    """

    values: Any
    arrays: tuple[StoredArray, ...]


@contextmanager
def isolated_call(
    function: Callable[[Path], tuple[Any, list[NDArray[Any]]]],
    path: Path,
    limits: Limits | None = None,
) -> Iterator[Answer]:
    """Call ``function(path)`` in a child process, which ends with the ``with`` block.

    Parameters
    ----------
    function : callable
        At the top level of a module; returns plain values and numeric arrays.
    path : Path
        Its argument.
    limits : Limits, optional
        Of memory and time.

    Yields
    ------
    Answer
        Arrays are only transferred when they are read.

    Raises
    ------
    UnsuitableFileError
        If the child refuses the file, crashes, or needs more than the limits.

    Notes
    -----
    A child starts in about half a second, most of which is importing SciPy.  It is a fresh
    interpreter: forking a process that runs threads is unsafe, and Windows cannot.
    """
    limits = limits or Limits()
    command = [
        *(sys.executable, "-P", "-m", f"{__package__}.isolated"),  # -P: no modules from here
        *(function.__module__, function.__name__, os.fspath(path)),
        *(str(limits.memory), str(limits.seconds)),
    ]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    alarm = threading.Timer(limits.seconds, child.kill)
    alarm.daemon = True
    alarm.start()
    try:
        yield _first_answer(_Channel(child, alarm, limits))
    finally:
        alarm.cancel()
        child.kill()
        _close(child.stdin)
        _close(child.stdout)
        child.wait()


@dataclass(frozen=True)
class _Channel:
    """The pipes to a child, and why nothing more comes through them."""

    child: subprocess.Popen[bytes]
    alarm: threading.Timer
    limits: Limits

    def line(self) -> bytes:
        assert self.child.stdout is not None
        line = self.child.stdout.readline(_LONGEST_ANSWER)
        if not line.endswith(b"\n"):
            raise self._end()
        return line

    def fetch(self, number: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        array = np.empty(shape, dtype)
        missing = array.reshape(-1).view(np.uint8).data
        try:
            self.child.stdin.write(b"%d\n" % number)
            self.child.stdin.flush()
        except OSError:
            raise self._end() from None
        while missing:
            received = self.child.stdout.readinto(missing)  # type: ignore[attr-defined]
            if not received:
                raise self._end()
            missing = missing[received:]
        return array

    def _end(self) -> UnsuitableFileError:
        if self.alarm.finished.is_set():
            return UnsuitableFileError(
                f"reading it takes longer than {self.limits.seconds:g} s", "a file read in seconds"
            )
        return UnsuitableFileError("its parser crashes, so it is damaged", "a complete file")


def _first_answer(channel: _Channel) -> Answer:
    answer = json.loads(channel.line())
    if "refused" in answer:
        raise UnsuitableFileError(*answer["refused"])
    arrays = []
    for number, (name, lengths) in enumerate(answer["arrays"]):
        if not _NUMBERS.fullmatch(name):
            raise UnsuitableFileError(f"holds values of type {name}", "numbers")
        dtype, shape = np.dtype(name), tuple(int(length) for length in lengths)
        arrays.append(StoredArray(shape, dtype, _reader(channel, number, shape, dtype)))
    return Answer(answer["values"], tuple(arrays))


def _reader(
    channel: _Channel, number: int, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Callable[[], NDArray[Any]]:
    return lambda: channel.fetch(number, shape, dtype)


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:
        pass  # the child is gone, and with it what was not yet sent
