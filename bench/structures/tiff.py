"""TIFF: entries of directories, whose types, counts and values are changed, and their data.

Source: TIFF revision 6.0, section 2.
"""

import struct

from .parts import Part, changed, changed_bytes

ENTRY = "<HHII"
TAGS = (254, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 284, 290, 291, 292, 297)
TAGS += (301, 317, 320, 322, 323, 324, 325, 330, 332, 338, 339, 347, 512, 513, 514, 529, 530, 531)
TAGS += (532, 559, 700, 33723, 34377, 34665, 34675, 34853, 40965)
VALUES = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    16,
    32,
    64,
    32773,
    32946,
    34712,
    50000,
    65535,
    2**31,
    2**32 - 1,
)


def cut(content):
    """Cut a little-endian file with one directory into its data and that directory's entries."""
    (place,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, place)
    starts = range(place + 2, place + 2 + 12 * count, 12)
    entries = [Part(content[at : at + 2], content[at + 2 : at + 12]) for at in starts]
    return (Part(b"data", content[8:]), *entries)


def joined(parts):
    """Put the directory behind the data, which stay where they were."""
    data = b"".join(part.content for part in parts if part.tag == b"data")
    entries = [part for part in parts if part.tag != b"data"]
    packed = b"".join(part.tag + (part.content + bytes(10))[:10] for part in entries)
    place = 8 + len(data) + len(data) % 2
    directory = struct.pack("<H", len(entries)) + packed + bytes(4)
    return (b"II*\0" + struct.pack("<I", place) + data).ljust(place, b"\0") + directory


def mutated(content, chance):
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        kind = chance.random()
        if kind < 0.3:
            parts = _changed_entry(parts, chance)
        elif kind < 0.5:
            data = changed_bytes(parts[0].content, chance, "<")
            parts = (Part(b"data", data), *parts[1:]) if parts[0].tag == b"data" else parts
        else:
            parts = changed(parts, chance, "<")
    return joined(parts)


def _changed_entry(parts, chance):
    """Write an entry of a known tag: a new one, or in the place of another."""
    kind = chance.choice((1, 2, 3, 3, 4, 4, 5, 7, 9, 11, 12, 13, 16))
    count = chance.choice((0, 1, 1, 1, 1, 2, 3, 4, 1 << 16, 1 << 30))
    packed = struct.pack(ENTRY, chance.choice(TAGS), kind, count, chance.choice(VALUES))
    entry = Part(packed[:2], packed[2:])
    at = chance.randrange(1, max(len(parts), 2))
    return (*parts[:at], entry, *parts[at + chance.randrange(2) :])
