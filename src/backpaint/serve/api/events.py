"""Events as a stream: each page asks for what it has not seen; nothing is kept for it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ..studio.run import Run
from ..studio.studio import Studio
from .bodies import Refused, answering, whole

MOST_STREAMS = 16
MOST_RECORDS = 500
"""In one message."""
ALIVE = 10.0
"""Seconds after which a stream says that it lives."""
FACTS = ("size", "engine", "expected", "left", "counted", "iterations", "notes", "command")
PAUSE = 0.1
"""Seconds between two messages, at least."""


def events(studio: Studio) -> Any:
    """Make the endpoint of the stream; the query may name the run whose curves are wanted."""
    streams: set[Stream] = set()

    @answering
    async def endpoint(request: Request) -> Response:
        if len(streams) >= MOST_STREAMS:
            raise Refused(503, "too many pages are open; close one of them")
        wanted = whole(request.query_params.get("run", ""))
        return Stream(messages(studio, wanted), streams)

    return endpoint


class Stream(StreamingResponse):
    """A stream that counts from before it is sent: many may be asked for at once.

    Parameters
    ----------
    content : async iterator of bytes
    streams : set of Stream
        All that are open; it is one of them until its end.
    """

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes], streams: "set[Stream]") -> None:
        super().__init__(content)
        self._streams = streams
        streams.add(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it to its end, or until nobody reads it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.discard(self)


async def messages(studio: Studio, wanted: int | None) -> AsyncIterator[bytes]:
    """Yield messages of server-sent events for one page.

    Parameters
    ----------
    studio : Studio
    wanted : int or None
        The run to tell of; None: the current one, whichever that is.
    """
    place, seen, told = 0, (-1, -1), b""
    while not studio.is_ending:
        run = studio.runs.get(wanted) if wanted is not None else studio.current
        if run is not None and (run.number, run.records.edition) != seen:
            place, seen = 0, (run.number, run.records.edition)
        records = [] if run is None else run.records.since(place, MOST_RECORDS)
        message = msgspec.json.encode(snapshot(studio, run, place, records))
        place += len(records)
        yield b": alive\n\n" if message == told else b"data: " + message + b"\n\n"
        told = message if not records else b""
        if run is None or place >= len(run.records):
            await studio.changes.wait(ALIVE)
        await asyncio.sleep(PAUSE)


def snapshot(
    studio: Studio, run: Run | None, place: int, records: list[msgspec.Raw]
) -> dict[str, Any]:
    """Return how everything stands, and some records of a run, which begin at a place."""
    return {
        "runs": [summary(one) for one in studio.runs.values()],
        "watched": None if run is None else run.number,
        "place": place,
        "records": records,
    }


def summary(run: Run) -> dict[str, Any]:
    """Summarize a run: everything that a list of runs shows."""
    last = run.records.last
    return {
        "number": run.number,
        "state": run.state,
        "reason": run.reason,
        "version": run.version,
        "request": run.request,
        "names": [one.name for one in (run.order.content, *run.order.styles)],
        "file": run.file_name if run.painting else None,
        "film": run.film is not None,
        "last": last,
        **{key: run.facts.get(key) for key in FACTS},
    }
