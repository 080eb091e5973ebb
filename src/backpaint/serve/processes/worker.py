"""The server's side of a process that computes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec

from ...isolation.boot import boot_command
from .frames import MESSAGE, BrokenFrame, read_frame

PATIENCE = 10.0
"""Seconds that a process has to end after it was asked to."""


class Worker:
    """A process that takes lines and gives frames.

    Parameters
    ----------
    process : asyncio.subprocess.Process
        As `start` makes it.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str) -> "Worker":
        """Start the function ``main`` of a module of this package.

        Raises
        ------
        OSError
            If no process can be started.
        """
        process = await asyncio.create_subprocess_exec(
            *boot_command(module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the server, which ends this
        )
        return cls(process)

    @property
    def number(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def send(self, line: bytes) -> None:
        """Send a line; a process that is gone does not hear it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(line + b"\n")
            await self._process.stdin.drain()

    async def frames(self) -> AsyncIterator[dict[str, Any] | bytes]:
        """Yield what the process sends until it ends: messages as dict, pictures as bytes."""
        assert self._process.stdout is not None
        with suppress(BrokenFrame, msgspec.DecodeError):
            while (frame := await read_frame(self._process.stdout)) is not None:
                kind, body = frame
                yield msgspec.json.decode(body, type=dict[str, Any]) if kind == MESSAGE else body

    async def end(self, patience: float = PATIENCE) -> str:
        """Wait until the process has ended; kill it when that takes too long.

        Returns
        -------
        str
            How it ended, in words.
        """
        try:
            async with asyncio.timeout(patience):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        return _ending(self._process.returncode or 0)

    def kill(self) -> None:
        """Kill the process and whatever it started."""
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


def _ending(code: int) -> str:
    """Explain how a process ended.

    Examples
    --------
    >>> _ending(-9)
    'its process was killed, as the system does where memory runs out'
    >>> _ending(-11), _ending(3)
    ('its process ended by SIGSEGV', 'its process ended with code 3')
    """
    if code == -getattr(signal, "SIGKILL", 9):
        return "its process was killed, as the system does where memory runs out"
    if code < 0:
        return f"its process ended by {signal.Signals(-code).name}"
    return f"its process ended with code {code}"
