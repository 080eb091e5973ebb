"""Bodies of requests: bounded in size and time, and decoded into what is expected."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from ...errors import BackpaintError
from ...words import memory

LARGEST_UPLOAD = 32_000_000
LARGEST_JSON = 64_000
"""Bytes."""
LONGEST_NUMBER = 15
"""Digits of a whole number that anybody has reason to send."""
PATIENCE = 120.0
"""Seconds for a whole body."""

Expected = TypeVar("Expected")
Endpoint = Callable[[HTTPRequest], Awaitable[Response]]


class Refused(Exception):
    """A request that cannot be answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    reason : str
        One sentence.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class JSON(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode any of msgspec's types; NaN and infinity become null."""
        return msgspec.json.encode(content)


def answering(endpoint: Endpoint) -> Endpoint:
    """Turn what an endpoint raises into an answer of one sentence."""

    @functools.wraps(endpoint)
    async def answer(request: HTTPRequest) -> Response:
        try:
            return await endpoint(request)
        except Refused as error:
            return JSON({"error": str(error)}, error.status)
        except BackpaintError as error:
            return JSON({"error": str(error)}, 400)
        except ClientDisconnect:  # nobody reads this
            return Response(status_code=400)

    return answer


async def read_json(request: HTTPRequest, kind: type[Expected]) -> Expected:
    """Decode a body as JSON of some type.

    Raises
    ------
    Refused
        If it is too large, too slow, or something else.
    """
    pieces: list[bytes] = []
    too_large = f"the settings are longer than {LARGEST_JSON // 1000} KB; leave some out"
    await _read(request, LARGEST_JSON, too_large, pieces.append)
    try:
        return msgspec.json.decode(b"".join(pieces), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, f"the request is not understood: {error}") from None


async def read_file(request: HTTPRequest, path: Path) -> None:
    """Write a body to a file, piece by piece.

    Raises
    ------
    Refused
        If it is too large or too slow; then the file is gone.
    """
    too_large = f"it is larger than {memory(LARGEST_UPLOAD)}; shrink it first"
    try:
        with path.open("xb") as file:
            await _read(request, LARGEST_UPLOAD, too_large, file.write)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def whole(text: str, longest: int = LONGEST_NUMBER) -> int | None:
    """Read a whole number from an address or a header; None where it is none, or too long.

    Parameters
    ----------
    text : str
    longest : int
        Digits.

    Examples
    --------
    >>> whole("12"), whole("-1"), whole(""), whole("9" * 5000)
    (12, None, None, None)
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= longest
    return int(text) if is_number else None


async def _read(
    request: HTTPRequest, most: int, reason: str, take: Callable[[bytes], object]
) -> None:
    """Take a body in pieces, and count them: what its header says of its length may be a lie."""
    too_large = Refused(413, reason)
    told = whole(request.headers.get("content-length", "0"))
    if told is None or told > most:
        raise too_large
    size = 0
    try:
        async with asyncio.timeout(PATIENCE):
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise too_large
                take(piece)
    except TimeoutError:
        raise Refused(408, f"it did not come within {PATIENCE:g} s; try again") from None
