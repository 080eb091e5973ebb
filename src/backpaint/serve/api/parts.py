"""Answers that take long: they come as lines of JSON, how far it is first, and what it is last.

Who hangs up ends the work: there is no other way to stop it, and nothing that must be told.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ...errors import BackpaintError
from ..processes.ask import Desk
from ..studio.handover import picture_file
from ..studio.studio import Studio
from .bodies import Refused, answering
from .runs import found
from .views import number, place_of

SMALLEST, LARGEST = 32, 512
"""Pixels of the longer side of a picture that engines are compared at."""
FURTHEST = 100
"""Levels that a landscape reaches to each side, at most."""


def landscape(studio: Studio) -> Any:
    """Make the endpoint that computes the loss around a run's picture."""

    @answering
    async def endpoint(request: Request) -> Response:
        run, place = found(studio, request), place_of(request)
        reach = bounded(number(request, "reach", 10), 1, FURTHEST, "reach, in levels")
        _require_free(studio.explorer)
        asked = {"order": run.order, "picture": await picture_file(run)}
        return in_parts(studio.explorer, "landscape", asked | place | {"reach": float(reach)})

    return endpoint


def compare(studio: Studio) -> Any:
    """Make the endpoint that compares the engines at a run's picture."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        size = bounded(number(request, "size", 128), SMALLEST, LARGEST, "size, in pixels")
        _require_free(studio.comparer)
        asked = {"order": run.order, "picture": await picture_file(run), "size": size}
        return in_parts(studio.comparer, "compare", asked)

    return endpoint


def bounded(value: int, least: int, most: int, what: str) -> int:
    """Return a number that lies between two.

    Raises
    ------
    Refused
        If it does not.
    """
    if not least <= value <= most:
        raise Refused(400, f"expected {what}, from {least} to {most}; found {value}")
    return value


def in_parts(desk: Desk, name: str, about: dict[str, Any]) -> Response:
    """Hand on how far an answer is, line by line, and the answer; a refusal is its last line."""

    async def lines() -> AsyncIterator[bytes]:
        async with aclosing(desk.follow(name, **about)) as messages:
            try:
                async for message in messages:
                    yield msgspec.json.encode(message) + b"\n"
            except BackpaintError as error:
                yield msgspec.json.encode({"error": str(error)}) + b"\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def _require_free(desk: Desk) -> None:
    """Raise Refused while another answer is computed: it may take a minute."""
    if desk.is_busy:
        raise Refused(409, "something else is computed right now; wait for it, or stop it")
