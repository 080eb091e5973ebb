"""Parsers that may crash run in a process of their own, with limits of memory and time.

Some libraries crash on files that were damaged on purpose: one changed type code in a .mat file
ends SciPy's `loadmat`, and with it the program.  A `Child` runs such functions in another process:
SciPy's parser for `weights.formats.matconvnet.v5`, Pillow's decoders for `decode_picture`.  A crash
there becomes an exception here, and "this file is damaged" for a person.

The child answers a call by one line of JSON (`answer.py`), then sends the bytes of the arrays
that it is asked for.  `isolated.py` is the child's side; `SharedChild` keeps one for several files.

The limit of time holds everywhere.  **The limit of memory holds on Linux only**: macOS accepts but
does not enforce it, and Windows has none; there, a file may use as much memory as its parser asks.
`restrict.py` has the others.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from .answer import Answer, ChildError, parse_answer, parse_part
from .boot import boot_command
from .limits import Limits

_ISOLATED = f"{__package__}.isolated"
_LONGEST_ANSWER = 1 << 22
_CALLS = 2
"""As many times the limit of a call is the time that a process gets in its life."""

_PIPE_SIZE = 1 << 20
"""Bytes on their way at a time (Linux only): pictures come twice as fast as through 64 KiB."""


class Child:
    """A process that calls the functions of one module.

    Parameters
    ----------
    module : str
        ``"backpaint.isolation.decode_picture"``; imported at once.
    limits : Limits, optional
        Of memory and time.

    Raises
    ------
    RunError
        If no process can be started, or it cannot import the module.

    Notes
    -----
    It is a fresh interpreter: forking a process that runs threads is unsafe, and Windows cannot.
    """

    def __init__(self, module: str, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._is_late = False
        self._spent = 0.0
        processors = (os.cpu_count() or 1) if self._limits.may_start else 1
        seconds = _CALLS * self._limits.seconds * processors  # no more pass while the clock runs
        hard = asdict(self._limits) | {"seconds": seconds}
        command = [*boot_command(_ISOLATED), module, json.dumps(hard)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        except OSError as error:
            raise RunError(_not_started(str(error.strerror))) from error
        try:
            self._widen_pipe()
            with self._alarm():
                self._line()  # "ready"
        except ChildError as error:
            self.close()
            reason = str(error) if self._is_late else "it ends at once"
            raise RunError(_not_started(reason)) from error
        except BaseException:
            self.close()
            raise

    @contextmanager
    def call(self, function: Callable[..., Any], *arguments: Any) -> Iterator[Answer]:
        """Call a function of the module in the child.

        Parameters
        ----------
        function : callable
            Only its name matters here.  It returns plain values and a list of numeric buffers.
        *arguments
            Whatever JSON can express.

        Yields
        ------
        Answer
            Arrays are only transferred when they are read.

        Raises
        ------
        ChildError
            If the function raises, crashes, or needs more than the limits.
        Refusal
            If the function raises it.
        """
        start = time.monotonic()
        with self._alarm():
            self._send({"call": function.__name__, "arguments": arguments})
            yield parse_answer(self._line(), self._fetch)
        self._spent += time.monotonic() - start

    @property
    def is_running(self) -> bool:
        """Whether another call makes sense: it has time for one, and nobody else ended it."""
        is_fresh = self._spent < (_CALLS - 1) * self._limits.seconds
        return is_fresh and not self._is_late and self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # the child is gone, and with it what was not yet sent
                assert pipe is not None
                pipe.close()
        self._process.wait()

    def forget(self) -> None:
        """Leave the process to the one that forked this one."""
        self._process.returncode = 0

    def _widen_pipe(self) -> None:
        """Ask for a larger pipe, which Linux grants up to a limit for each user."""
        if sys.platform == "linux":
            import fcntl

            assert self._process.stdout is not None
            with suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)

    @contextmanager
    def _alarm(self) -> Iterator[None]:
        """Kill the child unless the block ends in time."""
        alarm = threading.Timer(self._limits.seconds, self._expire)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def _expire(self) -> None:
        self._is_late = True
        self._process.kill()

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._end() from None

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline(_LONGEST_ANSWER)
        if not line.endswith(b"\n"):
            raise self._end()
        return line

    def _fetch(self, number: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        array = np.empty(shape, dtype)
        missing = array.reshape(-1).view(np.uint8).data
        self._send({"send": number})
        while missing:
            size = parse_part(self._line(), len(missing))
            self._fill(missing[:size])
            missing = missing[size:]
        return array

    def _fill(self, missing: memoryview) -> None:
        assert self._process.stdout is not None
        while missing:
            received = self._process.stdout.readinto(missing)  # type: ignore[attr-defined]
            if not received:
                raise self._end()
            missing = missing[received:]

    def _end(self) -> ChildError:
        """Explain why nothing more comes from the child."""
        if self._is_late:
            return ChildError(f"it takes longer than {self._limits.seconds:g} s")
        with suppress(subprocess.TimeoutExpired, ValueError):
            return ChildError(f"its parser crashes ({_ending(self._process.wait(1))})")
        return ChildError("its parser crashes")


def _ending(code: int) -> str:
    """Name the signal that ended a process, or its exit code: negative ones are signals."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _not_started(reason: str) -> str:
    return (
        f"the process that reads files cannot be started ({reason}); expected that "
        f"`{sys.executable} -c 'import {__package__}.isolated'` runs; check the installation, "
        "memory and process limits"
    )
