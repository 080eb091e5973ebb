"""The server's side of the desk: one process for many questions, gone when nobody asks."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec

from ...errors import UsageError
from .worker import Worker

IDLE = 60.0
"""Seconds without a question until the process is ended."""
PATIENCE = 150.0
"""Seconds for an answer, or for the next part of one; a picture alone may take 120."""

Frames = AsyncIterator[dict[str, Any] | bytes]


class Desk:
    """Answers one question after the other in a process that starts when it is first needed.

    Parameters
    ----------
    module : str
        Whose ``main`` answers.
    """

    def __init__(self, module: str = f"{__package__}.desk") -> None:
        self._module = module
        self._worker: Worker | None = None
        self._turn = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._is_ending = False

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._turn.locked()

    async def ask(self, name: str, **about: Any) -> dict[str, Any]:
        """Ask, after those who asked before.

        Raises
        ------
        UsageError
            If the answer is a refusal, the process crashes, or no answer comes in time.
        """
        return [told async for told in self.follow(name, **about)][-1]

    async def follow(self, name: str, **about: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Ask for what takes long: yield how far it is, as ``part`` and ``text``, then the answer.

        Who does not iterate to the end ends the process, and with it the work.

        Raises
        ------
        UsageError
            As for `ask`.
        """
        async with self._turn:
            worker = await self._ready()
            try:
                await worker.send(msgspec.json.encode({"ask": name, "about": about}))
                frames = worker.frames()
                while "part" in (told := await self._next(worker, frames)):
                    yield told
            except BaseException as error:  # also where the asking page is closed
                await self.close()
                if isinstance(error, TimeoutError):
                    raise UsageError("it took too long and was ended; try less") from None
                raise
            self._idle = asyncio.get_running_loop().call_later(IDLE, worker.kill)
        if "refused" in told:
            raise UsageError(told["refused"])
        yield told

    def refuse(self) -> None:
        """Answer nobody any more; the one who waits for an answer hears so at once."""
        self._is_ending = True
        if self._worker is not None:
            self._worker.kill()

    async def close(self) -> None:
        """End the process."""
        if self._idle is not None:
            self._idle.cancel()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            await worker.end()

    async def _ready(self) -> Worker:
        """Start the process, unless it runs."""
        if self._is_ending:
            raise UsageError("the server ends; start it again with backpaint serve")
        if self._idle is not None:
            self._idle.cancel()
        if self._worker is None or not self._worker.is_running:
            self._worker = await Worker.start(self._module)
        return self._worker

    async def _next(self, worker: Worker, frames: Frames) -> dict[str, Any]:
        """Wait for the next message."""
        async with asyncio.timeout(PATIENCE):
            with suppress(StopAsyncIteration):
                told = await anext(frames)
                assert isinstance(told, dict)
                return told
            raise UsageError(f"{await worker.end()}; try again, or choose something smaller")
