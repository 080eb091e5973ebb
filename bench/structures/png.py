"""PNG and APNG: chunks, with their checksums right; what is compressed is changed inside.

Source: PNG specification, third edition, sections 5 and 11.
"""

import struct
import zlib
from dataclasses import replace

from .parts import Part, changed, changed_bytes

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COMPRESSED = {b"IDAT": 0, b"fdAT": 4, b"iCCP": None, b"zTXt": None}
"""Bytes in front of the compressed ones; None: a name of any length and two zeros."""

MOST = 1 << 20
"""Bytes that are unpacked to be changed."""


def cut(content):
    parts, at = [], len(SIGNATURE)
    while at + 12 <= len(content):
        length, tag = struct.unpack_from(">I4s", content, at)
        parts.append(Part(tag, content[at + 8 : at + 8 + length]))
        at += 12 + length
    return tuple(parts)


def joined(parts):
    return SIGNATURE + b"".join(chunk(part.tag, part.content) for part in parts)


def chunk(tag, content):
    length = struct.pack(">I", len(content))
    return length + tag + content + struct.pack(">I", zlib.crc32(tag + content))


def mutated(content, chance):
    """Change chunks, in half of the cases what one of them unpacks to."""
    parts = cut(content)
    packed = [at for at, part in enumerate(parts) if part.tag in COMPRESSED]
    for _ in range(chance.choice((1, 1, 2, 4))):
        if packed and chance.random() < 0.4:
            at = chance.choice(packed)
            parts = (*parts[:at], _changed_inside(parts[at], chance), *parts[at + 1 :])
        else:
            parts = changed(parts, chance)
            packed = [at for at, part in enumerate(parts) if part.tag in COMPRESSED]
    return joined(parts)


def _changed_inside(part, chance):
    start = COMPRESSED[part.tag]
    if start is None:
        start = part.content.find(b"\0") + 2
    try:
        inside = zlib.decompressobj().decompress(part.content[start:], MOST)
    except zlib.error:
        return part
    packed = zlib.compress(changed_bytes(inside, chance))
    return replace(part, content=part.content[:start] + packed)
