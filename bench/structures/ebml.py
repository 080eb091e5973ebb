"""Matroska: elements in elements, with lengths and checksums right.

Source: RFC 8794 (EBML), RFC 9559 (Matroska).
"""

import zlib
from dataclasses import replace

from .parts import Part, changed

CHECKSUM = b"\xbf"
MASTERS = {
    bytes.fromhex(name)
    for name in (
        *("1a45dfa3", "18538067", "114d9b74", "4dbb", "1549a966"),  # header, segment, seeking, info
        *("1654ae6b", "ae", "e0", "e1", "55b0", "55d0", "6d80", "6240", "5034"),  # tracks
        *("1f43b675", "a0", "1c53bb6b", "bb", "b7"),  # clusters, cues
        *("1254c367", "7373", "63c0", "67c8", "1043a770", "45b9", "b6", "80"),  # tags, chapters
        *("1941a469", "61a7"),  # attachments
    )
}
"""Elements that hold elements."""


def cut(content):
    """Cut into elements; a part's tag is the name, and in how many bytes its length was written."""
    parts, at = [], 0
    while at < len(content):
        name = content[at : at + _width(content[at])]
        start = at + len(name)
        if start >= len(content):
            break
        width = _width(content[start])
        length = int.from_bytes(content[start : start + width], "big") & ((1 << 7 * width) - 1)
        start += width
        inside = content[start : start + length]
        tag = name + bytes([width])
        parts.append(Part(tag, b"", cut(inside)) if name in MASTERS else Part(tag, inside))
        at = start + length
    return tuple(parts)


def _width(first):
    """Return how many bytes a name or a length has: zeros in front of its first one tell it."""
    return 9 - first.bit_length() if first else 8


def joined(parts):
    return b"".join(map(_packed, parts))


def _packed(part):
    inside = part.inside or ()
    rest = [_packed(inner) for inner in inside]
    if len(inside) > 1 and inside[0].tag[:1] == CHECKSUM:
        sum_of_rest = zlib.crc32(b"".join(rest[1:])).to_bytes(4, "little")
        rest[0] = _packed(replace(inside[0], content=sum_of_rest))
    return element(part.tag[:-1], part.content + b"".join(rest), part.tag[-1])


def element(name, content, width=1):
    """Write an element, its length in so many bytes or as many more as it needs."""
    while len(content) >= (1 << 7 * width) - 1:
        width += 1
    return name + (len(content) | 1 << 7 * width).to_bytes(width, "big") + content


def mutated(content, chance):
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance)
    return joined(parts)
