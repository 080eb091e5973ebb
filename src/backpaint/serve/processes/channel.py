"""The side of a process that computes: lines come in, frames go out."""

import os
import signal
import threading
from collections.abc import Callable
from typing import IO, Any

import msgspec

from .frames import MESSAGE, PICTURE, write_frame

GRACE = 5.0
"""Seconds that a process has to end by itself once the server is gone."""


class Channel:
    """The pipe to the server, and the only way to it: whatever else is printed goes to stderr."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()
        for name in ("SIGINT", "SIGHUP"):  # for the server, which ends this process
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)

    def say(self, **message: Any) -> None:
        """Send a message."""
        self._send(MESSAGE, msgspec.json.encode(message))

    def show(self, picture: bytes) -> None:
        """Send an encoded picture."""
        self._send(PICTURE, picture)

    def _send(self, kind: bytes, body: bytes) -> None:
        with self._lock:
            try:
                write_frame(self._file, kind, body)
            except OSError:  # nobody is there to be told
                os._exit(1)


def _lines() -> IO[bytes]:
    """Open standard input without a buffer: its lock, held by a thread, would end in a crash."""
    return open(0, "rb", buffering=0, closefd=False)


def first_line() -> bytes:
    """Read what is to be done; the end of the program where nothing comes."""
    line = _lines().readline()
    if not line.endswith(b"\n"):
        raise SystemExit(1)
    return line


def listen(on_line: Callable[[str], None]) -> None:
    """Call a function with each further line, from a thread of its own.

    Parameters
    ----------
    on_line : callable
        Called with ``"stop"`` also when the server is gone; the process ends `GRACE` seconds
        later, whatever it is doing.
    """

    def read() -> None:
        for line in _lines():
            on_line(line.decode("ascii", "replace").strip())
        on_line("stop")
        threading.Timer(GRACE, os._exit, (1,)).start()

    threading.Thread(target=read, daemon=True).start()
