"""Clips that end before they say: what FFmpeg would read as shorter ones."""

import os
from typing import IO, Any

from .gif_blocks import has_trailer

EBML, SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
"""Identifiers of a Matroska file's two elements (RFC 8794, RFC 9559), which WebM has, too."""
HEAD, TAIL = 1024, 1 << 16
"""Bytes of a file's beginning and end that are looked at."""
MISCOUNTED = 8
"""Bytes that some programs count to a RIFF chunk: those of its own head."""
OGG_PAGE, OGG_LAST = b"OggS", 4
OGG_HEAD = 27
"""Bytes of a page before its table of segments, whose length is the last of them."""


def ends_early(file: IO[bytes]) -> bool:
    """Whether a file ends before what it says at its beginning, or without what comes last.

    Parameters
    ----------
    file : file
        Open for reading; it stands at its beginning afterwards.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(b"GIF8"):
        return not has_trailer(file)
    if head.startswith(OGG_PAGE):
        return not is_last_page(tail[tail.rfind(OGG_PAGE) :])
    end = matroska_end(head) or riff_end(head)
    return end is not None and end > size


def is_last_page(page: bytes) -> bool:
    """Whether an Ogg page is whole, and says that it is its stream's last (RFC 3533).

    Examples
    --------
    >>> page = b"OggS" + bytes([0, 4]) + bytes(20) + bytes([2, 255, 1]) + bytes(256)
    >>> is_last_page(page), is_last_page(page[:-1])
    (True, False)
    """
    if len(page) < OGG_HEAD or not page[5] & OGG_LAST:
        return False
    segments = page[OGG_HEAD : OGG_HEAD + page[OGG_HEAD - 1]]
    return len(page) >= OGG_HEAD + len(segments) + sum(segments)


def misses_indexed(entries: Any, size: int) -> bool:
    """Whether a file of some bytes ends before what its index names: entries as PyAV has them."""
    return any(entry.pos + entry.size > size for entry in entries)


def ends_within_packet(head: bytes, size: int) -> bool:
    """Whether an MPEG transport stream's last packet is not whole; it says no length of its own.

    Examples
    --------
    >>> head = (b"G" + bytes(187)) * 3
    >>> ends_within_packet(head, 188 * 9), ends_within_packet(head, 188 * 9 + 5)
    (False, True)
    """
    for before, packet in ((0, 188), (4, 192), (0, 204)):  # as on Blu-ray, and with parity
        if {head[before + turn * packet : before + turn * packet + 1] for turn in range(3)} == {
            b"G"
        }:
            return size % packet != 0
    return False


def riff_end(head: bytes) -> int | None:
    """Return where an .avi file says that its first part ends; None of another, and of none told.

    Examples
    --------
    >>> riff_end(b"RIFF" + (100).to_bytes(4, "little") + b"AVI LIST")
    100
    """
    length = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:12] != b"AVI " or length in (0, (1 << 32) - 1):
        return None
    return 8 + length - MISCOUNTED


def matroska_end(head: bytes) -> int | None:
    """Return where a Matroska file says that it ends; None of another, and of a live recording.

    Examples
    --------
    >>> matroska_end(EBML + bytes([0x82, 0, 0]) + SEGMENT + bytes([0x40, 200]) + bytes(9))
    213
    """
    first = _element(head, 0, EBML)
    return None if first is None else _element(head, first, SEGMENT)


def _element(head: bytes, begin: int, name: bytes) -> int | None:
    """Return where an element ends; None where it has another name, or a length not yet known."""
    place = begin + len(name)
    if head[begin:place] != name or place >= len(head) or not head[place]:
        return None
    length = 9 - head[place].bit_length()  # the zeros in front tell how many bytes follow
    bits = 7 * length
    data = int.from_bytes(head[place : place + length]) & ((1 << bits) - 1)
    return None if data == (1 << bits) - 1 else place + length + data
