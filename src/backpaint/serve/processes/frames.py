"""The frames between processes: a letter for the kind, the length, the bytes."""

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader

HEADER = struct.Struct("<cI")
MESSAGE, PICTURE = b"M", b"P"
"""JSON; an encoded picture."""
LONGEST = 64 << 20
"""Bytes of a frame; no process has reason to send more."""


class BrokenFrame(Exception):
    """An error: what came is no frame."""


def write_frame(file: IO[bytes], kind: bytes, body: bytes) -> None:
    """Write a frame at once; the file is flushed."""
    file.write(HEADER.pack(kind, len(body)) + body)
    file.flush()


async def read_frame(reader: "StreamReader") -> tuple[bytes, bytes] | None:
    """Read the next frame.

    Returns
    -------
    kind, body : bytes
        None in place of both at the end, also at an end within a frame.

    Raises
    ------
    BrokenFrame
        If the kind is unknown, or the length larger than `LONGEST`.
    """
    from asyncio import IncompleteReadError  # those who write frames need none of it

    try:
        kind, size = HEADER.unpack(await reader.readexactly(HEADER.size))
        if kind not in (MESSAGE, PICTURE) or size > LONGEST:
            raise BrokenFrame
        return kind, await reader.readexactly(size)
    except IncompleteReadError:
        return None
