"""AVI: lists of chunks in a RIFF file, with lengths and padding right.

Source: Microsoft, AVI RIFF File Reference.
"""

import struct

from .parts import Part, changed
from .webp import chunk

LIST = b"LIST"


def cut(content):
    return _chunks(content[12:])


def _chunks(content):
    parts, at = [], 0
    while at + 8 <= len(content):
        tag, length = struct.unpack_from("<4sI", content, at)
        inside = content[at + 8 : at + 8 + length]
        if tag == LIST:
            parts.append(Part(tag, inside[:4], _chunks(inside[4:])))
        else:
            parts.append(Part(tag, inside))
        at += 8 + length + length % 2
    return tuple(parts)


def joined(parts):
    return chunk(b"RIFF", b"AVI " + b"".join(map(_packed, parts)))


def _packed(part):
    return chunk(part.tag, part.content + b"".join(map(_packed, part.inside or ())))


def mutated(content, chance):
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance, "<")
    return joined(parts)
