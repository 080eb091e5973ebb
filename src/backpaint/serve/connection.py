"""The connections of the server: who says nothing does not keep others out.

uvicorn waits without end for the head of a request, and counts whoever is connected against its
limit.  Here silence has an end, and there is room for few who are silent at a time.
"""

import asyncio
import time

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 5.0
"""Seconds for the head of a request, from its first byte; the first also from the connection."""
MOST_SILENT = 32
"""Connections without a whole head at a time; the next one takes the place of the oldest."""


class Connection(H11Protocol):
    """A connection that is closed when the head of a request does not come."""

    _patience: asyncio.TimerHandle | None = None
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; the oldest of too many who are silent gives up its place."""
        super().connection_made(transport)
        self._wait()
        silent = [one for one in self.connections if isinstance(one, Connection) and one.is_silent]
        if len(silent) > MOST_SILENT:
            min(silent, key=lambda one: one._since)._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes: the end of a head ends the waiting, a part of the next one begins it."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_longer()
        elif not self.is_silent and not self.transport.is_closing():
            self._wait()

    @property
    def is_silent(self) -> bool:
        """Whether a head is waited for."""
        return self._patience is not None

    def _wait(self) -> None:
        self._since = time.monotonic()
        self._patience = self.loop.call_later(PATIENCE, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._wait_no_longer()
        self.connections.discard(self)  # at once: others may come before it is told of its end
        self.transport.abort()
