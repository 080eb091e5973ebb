"""JPEG: segments with their lengths right, and between them entropy-coded data.

Source: ITU-T T.81, annex B.
"""

import struct
from dataclasses import replace

from .parts import Part, changed

START, END, SCAN = 0xD8, 0xD9, 0xDA
RESTARTS = range(0xD0, 0xD8)
DATA = b""
"""The tag of entropy-coded data, which have no marker."""


def cut(content):
    parts, at = [], 0
    while at + 2 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in (START, END):
            parts.append(Part(content[at : at + 2]))
            at += 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        parts.append(Part(content[at : at + 2], content[at + 4 : at + 2 + length]))
        at += 2 + length
        if marker == SCAN:
            end = _end_of_data(content, at)
            parts.append(Part(DATA, content[at:end]))
            at = end
    return tuple(parts)


def _end_of_data(content, at):
    while (at := content.find(b"\xff", at)) >= 0:
        if content[at + 1 : at + 2] != b"\0" and content[at + 1] not in RESTARTS:
            return at
        at += 2
    return len(content)


def joined(parts):
    return b"".join(segment(part.tag, part.content) for part in parts)


def segment(tag, content=b""):
    """A marker, with the length of what follows; none where nothing does, or there is no marker."""
    if tag == DATA or (not content and tag[1:] in (b"\xd8", b"\xd9")):
        return tag + content
    return tag + struct.pack(">H", min(len(content) + 2, 65535)) + content[:65533]


def mutated(content, chance):
    """Change segments; one in four also ends early, with a proper end mark."""
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance)
    if chance.random() < 0.25:
        parts = tuple(_shortened(part, chance) for part in parts)
    return joined(parts)


def _shortened(part, chance):
    """Cut entropy-coded data off, or put a restart mark into them."""
    if part.tag != DATA or not part.content:
        return part
    at = chance.randrange(len(part.content))
    mark = bytes([0xFF, chance.choice(RESTARTS)]) if chance.random() < 0.3 else b""
    return replace(part, content=part.content[:at] + mark + (part.content[at:] if mark else b""))
