"""Clips that end before they say: what FFmpeg would read as shorter ones."""

from typing import Any

EBML, SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
"""Identifiers of a Matroska file's two elements (RFC 8794, RFC 9559), which WebM has, too."""


def is_cut_short(head: bytes, size: int, entries: Any) -> bool:
    """Whether a file ends before what it names.

    Parameters
    ----------
    head : bytes
        Of its beginning, some hundreds.
    size : int
        Bytes that it has.
    entries : iterable of av.index.IndexEntry
        Its index, where it has one.
    """
    end = matroska_end(head)
    if end is not None and end > size:
        return True
    return any(entry.pos + entry.size > size for entry in entries)


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
