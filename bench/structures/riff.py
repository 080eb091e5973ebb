"""RIFF: AVI's lists and WebP's frames of chunks, with lengths and padding right.

Source: Microsoft, AVI RIFF File Reference; RFC 9649.
"""

import struct

from .parts import Part, changed

AVI, WEBP = b"AVI ", b"WEBP"
LIST, FRAME = b"LIST", b"ANMF"
STARTS = {LIST: 4, FRAME: 16}
"""Chunks that hold others, and the bytes in front of these."""


def cut(content):
    return _chunks(content[12:])


def _chunks(content):
    parts, at = [], 0
    while at + 8 <= len(content):
        tag, length = struct.unpack_from("<4sI", content, at)
        inside = content[at + 8 : at + 8 + length]
        start = STARTS.get(tag)
        others = None if start is None else _chunks(inside[start:])
        parts.append(Part(tag, inside[:start], others))
        at += 8 + length + length % 2
    return tuple(parts)


def joined(parts, form=AVI):
    """Write a file of a form: `AVI` or `WEBP`."""
    return chunk(b"RIFF", form + b"".join(map(_packed, parts)))


def _packed(part):
    return chunk(part.tag, part.content + b"".join(map(_packed, part.inside or ())))


def chunk(tag, content):
    return tag + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def mutated(form, content, chance):
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance, "<")
    return joined(parts, form)
