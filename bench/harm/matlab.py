"""MATLAB files before 7.3 that are nested, unpack to much, or have enormous sizes as they say.

Source: MAT-File Format, The MathWorks.
"""

import struct
import zlib
from functools import cache

from .archives import BOMB

HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
INT8, INT32, UINT32, SINGLE, MATRIX, COMPRESSED, UTF8 = 1, 5, 6, 7, 14, 15, 16
CELL, STRUCT, OBJECT, CHARACTERS, SPARSE, NUMBERS, FUNCTION, OPAQUE = 1, 2, 3, 4, 5, 7, 16, 17
LARGEST = 2**31 - 1


def element(kind, content, size=None):
    """A data element; of `size` bytes by its own word."""
    padding = b"" if kind == COMPRESSED else bytes(-len(content) % 8)
    return struct.pack("<II", kind, len(content) if size is None else size) + content + padding


def array(kind, lengths, *parts, name=b"layers", size=None):
    """A matrix of some class with its flags, lengths and name."""
    flags = element(UINT32, struct.pack("<II", kind, 0))
    shape = element(INT32, struct.pack(f"<{len(lengths)}i", *lengths))
    return element(MATRIX, b"".join((flags, shape, element(INT8, name), *parts)), size)


def packed(content):
    return element(COMPRESSED, zlib.compress(content))


@cache
def inflating(start):
    """Deflate an element's start, and zeros behind it."""
    deflate = zlib.compressobj(9)
    pieces = [deflate.compress(start)]
    pieces += [deflate.compress(bytes(1 << 20)) for _ in range(BOMB >> 20)]
    return element(COMPRESSED, b"".join(pieces) + deflate.flush())


def nested(kind, depth, *between):
    """Cells in cells, or structs in structs; the innermost is not complete."""
    start = array(kind, (1, 1), *between, name=b"", size=LARGEST)
    return array(kind, (1, 1), *between, size=LARGEST) + start * depth


def _fields(length, names):
    return element(INT32, struct.pack("<i", length)), element(INT8, names)


def _whole():
    """Files that hold no compressed element."""
    numbers = element(SINGLE, bytes(64))
    for depth in (100, 3_000, 60_000):
        yield nested(CELL, depth)
        yield nested(STRUCT, depth, *_fields(8, b"layers\0\0"))
    for lengths in ((LARGEST, LARGEST), (LARGEST, 1), (-1, -1), (1 << 16, 1 << 16), (0, LARGEST)):
        for kind in (CELL, STRUCT, CHARACTERS, NUMBERS, SPARSE, OBJECT):
            yield array(kind, lengths, *_fields(8, b"layers\0\0"), numbers)
    yield array(NUMBERS, (1,) * 60_000, numbers)
    yield array(CELL, (1, 10_000_000))
    for length, names in (
        (0, b""),
        (-8, b"layers\0\0"),
        (LARGEST, b"layers\0\0"),
        (1, b"x" * 5_000),
    ):
        yield array(STRUCT, (1, 1), *_fields(length, names))
    yield array(FUNCTION, (1, 1), array(STRUCT, (1, 1), *_fields(8, b"layers\0\0")))
    yield array(OPAQUE, (1, 1), element(INT8, b"MCOS"), element(INT8, b"system"))
    yield array(OBJECT, (1, 1), element(INT8, b"system"), *_fields(8, b"layers\0\0"))
    yield array(CHARACTERS, (1, 4), element(UTF8, b"\xff\xff\xff\xff"))
    for size in (0, 1, 7, LARGEST, 2**32 - 1):
        yield array(NUMBERS, (4, 4), numbers, size=size)
        yield array(NUMBERS, (4, 4), element(SINGLE, bytes(64), size))
    yield array(NUMBERS, (1, 1), element(INT8, b"\0"), name=b"x" * 1_000_000)
    yield b"".join(array(CELL, (0, 0), name=b"v%d" % number) for number in range(20_000))
    yield array(SPARSE, (4, 4), *[element(INT32, struct.pack("<i", LARGEST))] * 3, numbers)


def crafted(path, secrets, chance):
    path.write_bytes(HEADER + chance.choice(_all()))


def crafted_compressed(path, secrets, chance):
    bombs = [inflating(b""), inflating(array(NUMBERS, (8192, 9600), size=BOMB)[:64])]
    bombs.append(inflating(struct.pack("<II", COMPRESSED, BOMB)))
    twice = array(CELL, (1, 1))
    for _ in range(200):
        twice = packed(twice)
    content = chance.choice([*bombs, twice, *(packed(one) for one in _all()[:8])])
    path.write_bytes(HEADER + chance.choice([content, content, packed(chance.choice(_all()))]))


@cache
def _all():
    return list(_whole())
