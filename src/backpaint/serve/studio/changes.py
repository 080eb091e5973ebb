"""A bell that rings for everybody who waits."""

import asyncio
from contextlib import suppress


class Changes:
    """Tells all who wait that something changed; nobody has a queue."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Wake everybody who waits."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait until something changes, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._next.wait()
