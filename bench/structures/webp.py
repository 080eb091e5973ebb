"""WebP: chunks of a RIFF file, with lengths and padding right.

Source: RFC 9649.
"""

import struct

from .parts import Part, changed

FRAME = b"ANMF"
FRAME_START = 16
"""Bytes of a frame in front of its own chunks."""


def cut(content):
    return _chunks(content[12:])


def _chunks(content):
    parts, at = [], 0
    while at + 8 <= len(content):
        tag, length = struct.unpack_from("<4sI", content, at)
        inside = content[at + 8 : at + 8 + length]
        if tag == FRAME:
            parts.append(Part(tag, inside[:FRAME_START], _chunks(inside[FRAME_START:])))
        else:
            parts.append(Part(tag, inside))
        at += 8 + length + length % 2
    return tuple(parts)


def joined(parts):
    inside = b"WEBP" + b"".join(map(_packed, parts))
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def _packed(part):
    return chunk(part.tag, part.content + b"".join(map(_packed, part.inside or ())))


def chunk(tag, content):
    return tag + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def mutated(content, chance):
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance, "<")
    return joined(parts)
