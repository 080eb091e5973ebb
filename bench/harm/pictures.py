"""Pictures that are made to harm: bombs, sizes that lie, cycles, formats that start programs."""

import io
import itertools
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image
from structures import boxes, gif, jpeg, riff
from structures.png import SIGNATURE, chunk

SIDES = (2_000, 60_000, 2**31 - 1)
MANY = 50_000
"""Frames, chunks and entries of a file of some megabytes."""

LAUGHS = b"".join(
    b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 12)
)
XMP = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' + LAUGHS + b"]><x>&a11;</x>"
"""XML of 20 billion letters, for whoever expands its entities."""

ROWS = zlib.compress(bytes(200))
"""Of an empty picture of 8 x 8 pixels."""


@cache
def harmful(kind):
    """Make the files for a format: those that its reader might take, and those of nobody."""
    return [*_of_sizes(kind), *_BY_FORMAT[kind](), *_others()]


def _of_sizes(kind):
    return map(_OF_SIZE[kind], SIDES) if kind in _OF_SIZE else ()


def _bmp(side, bits=24, packing=0, pixels=b""):
    sizes = struct.pack("<IIiiHHIIiiII", 54, 40, side, side, 1, bits, packing, *[0] * 5)
    return b"BM" + struct.pack("<IHH", 0, 0, 0) + sizes + bytes(1024) + pixels


@cache
def bomb():
    return zlib.compress(bytes(300 << 20), 9)


def _png():
    yield png(9_999, 9_999, bomb())
    yield png(8, 8, bomb())
    for tag in (b"zTXt", b"iTXt", b"iCCP"):
        start = b"backpaint\0\1\0\0\0" if tag == b"iTXt" else b"backpaint\0\0"
        yield png(8, 8, ROWS, (tag, start + bomb()))
    yield png(8, 8, ROWS, *[(b"tEXt", b"k%d\0v" % i) for i in range(MANY)])
    yield png(
        8, 8, ROWS, *[(b"zTXt", b"k%d\0\0" % i + zlib.compress(bytes(9999))) for i in range(9999)]
    )
    yield png(8, 8, ROWS, *[(b"IDAT", b"")] * MANY)
    yield png(8, 8, ROWS, *[(b"eXIf", exif) for exif in exifs()])
    yield png(8, 8, ROWS, (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))
    yield from (png(8, 8, ROWS, (b"iCCP", b"p\0\0" + zlib.compress(icc))) for icc in profiles())
    control = (b"acTL", struct.pack(">II", MANY, 0))
    frames = []
    for number in range(MANY // 4):
        head = struct.pack(">IIIIIHHBB", 2 * number, 8, 8, 0, 0, 1, 1, number % 3, 1)
        frames += [(b"fcTL", head), (b"fdAT", struct.pack(">I", 2 * number + 1) + ROWS)]
    yield png(8, 8, ROWS, control, *frames)
    yield png(8, 8, ROWS, (b"acTL", struct.pack(">II", 2**31 - 1, 0)))


def _tiff():
    yield tiff((256, 4, 1, 8), (257, 4, 1, 8), (273, 4, 1, 8), following=8)  # a cycle
    yield tiff((256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1 << 30, 8))
    yield tiff((34665, 4, 1, 8), (34853, 4, 1, 8))  # EXIF that is its own directory
    yield _directories(MANY)
    side = (256, 4, 1, 9_000), (257, 4, 1, 9_000)
    strips = (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, MANY, 8), (278, 4, 1, 1), (279, 4, MANY, 8)
    for packing in (1, 5, 7, 8, 32773, 34712, 34925, 50000):
        yield tiff(*side, *strips, (259, 3, 1, packing))
        tiles = ((322, 4, 1, 1 << 20), (323, 4, 1, 1 << 20), (324, 4, 1, 8), (325, 4, 1, 99))
        yield tiff(*side, (258, 3, 1, 8), (259, 3, 1, packing), (262, 3, 1, 1), *tiles)
    one_pixel = (256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), (262, 3, 1, 1)
    packed = len(bomb())
    strip = (259, 3, 1, 8), (273, 4, 1, 8 + 2 + 12 * 9 + 4), (278, 4, 1, 1), (279, 4, 1, packed)
    yield tiff(*one_pixel, *strip, (277, 3, 1, 1), rest=bomb())


def _directories(count):
    """A chain of pages, each of an empty directory."""
    pages = b"".join(struct.pack("<HI", 0, 8 + 6 * number) for number in range(1, count))
    return b"II*\0" + struct.pack("<I", 8) + pages + struct.pack("<HI", 0, 0)


def _jpeg():
    small = _saved("JPEG", 16, progressive=True)
    for width, height in ((65535, 65535), (10_000, 10_000), (1, 65535), (0, 8)):
        yield resized(small, width, height)
    yield _with_scans(_flat(9_000), 500)
    yield _with_scans(small, 20_000)
    yield from (_with_segments(small, (b"\xff\xe1", b"Exif\0\0" + exif)) for exif in exifs())
    yield _with_segments(small, (b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0" + XMP))
    for icc in profiles():
        pieces = [icc[at : at + 60_000] for at in range(0, len(icc), 60_000)][:255]
        named = [b"ICC_PROFILE\0" + bytes([i + 1, len(pieces)]) + p for i, p in enumerate(pieces)]
        yield _with_segments(small, *[(b"\xff\xe2", piece) for piece in named])
    yield _with_segments(small, *[(b"\xff\xfe", b"x" * 60_000)] * 300)
    yield _with_segments(small, *[(b"\xff\xe2", b"MPF\0" + exif) for exif in exifs()])
    yield small.replace(b"\xff\xda", b"\xff" * 1_000_000 + b"\xff\xda", 1)  # filling


def resized(content, width, height):
    at = next(i for i in range(len(content)) if content[i : i + 2] in (b"\xff\xc0", b"\xff\xc2"))
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def _with_scans(content, count):
    """Repeat the last scan, each of which goes over the whole picture."""
    parts = jpeg.cut(content)
    return jpeg.joined((*parts[:-1], *parts[-3:-1] * count, parts[-1]))


def _with_segments(content, *segments):
    return content[:2] + b"".join(itertools.starmap(jpeg.segment, segments)) + content[2:]


def _webp():
    small = _saved("WEBP", 16, lossless=True)
    pixels = small[12:]
    for side in (16_383, 2**24 - 1):
        canvas = struct.pack("<I", side)[:3] * 2
        yield _riff(riff.chunk(b"VP8X", b"\x02\0\0\0" + canvas), *_frames(4, pixels))
        yield _riff(riff.chunk(b"VP8X", bytes(4) + canvas), pixels)
    huge = struct.pack("<I", 0x3FFF | 0x3FFF << 14)
    yield _riff(riff.chunk(b"VP8L", b"\x2f" + huge + pixels[13:]))
    yield _riff(riff.chunk(b"VP8L", b"\x2f" + struct.pack("<I", 9999 | 9999 << 14) + bytes(64)))
    canvas = b"\x0f\0\0" * 2
    yield _riff(riff.chunk(b"VP8X", b"\x02\0\0\0" + canvas), *_frames(MANY, pixels))
    yield _riff(riff.chunk(b"VP8X", b"\x02\0\0\0" + canvas), *[riff.chunk(b"ANMF", b"")] * MANY)
    metadata = [(b"ICCP", icc) for icc in profiles()] + [(b"EXIF", exif) for exif in exifs()]
    for tag, content in (*metadata, (b"XMP ", XMP), (b"ICCP", bytes(40 << 20))):
        flags = {b"ICCP": 0x20, b"EXIF": 8, b"XMP ": 4}[tag]
        yield _riff(
            riff.chunk(b"VP8X", bytes([flags, 0, 0, 0]) + canvas),
            *((riff.chunk(tag, content), pixels) if flags == 0x20 else ()),
            *((pixels, riff.chunk(tag, content)) if flags != 0x20 else ()),
        )


def _riff(*chunks):
    return riff.chunk(b"RIFF", riff.WEBP + b"".join(chunks))


def _frames(count, pixels):
    frame = riff.chunk(b"ANMF", bytes(6) + b"\x0f\0\0" * 2 + bytes(4) + pixels)
    return (riff.chunk(b"ANIM", bytes(6)), *[frame] * count)


def _gif():
    frame = b"\0" * 4 + struct.pack("<HH", 8, 8) + b"\0"
    pixels = b"\x02" + gif.blocks(b"\x84\x51")
    screen = b"GIF89a" + struct.pack("<HH", 8, 8) + b"\x80\0\0" + bytes(6)
    yield screen + (b"," + frame + pixels) * MANY + b";"
    large = b"GIF89a" + struct.pack("<HH", 9_999, 9_999) + b"\x80\0\0" + bytes(6)
    full = b"\0" * 4 + struct.pack("<HH", 9_999, 9_999) + b"\0"
    yield large + (b"," + full + pixels) * 100 + b";"
    yield screen + b"!\xfe" + gif.blocks(bytes(30 << 20)) + b"," + frame + pixels + b";"
    yield screen + (b"!\xfe\x01x\0" * MANY * 4) + b"," + frame + pixels + b";"
    yield screen + b"," + frame + b"\x02" + gif.blocks(bytes(10 << 20), 1) + b";"


def _bmp_files():
    for bits, packing in itertools.product((1, 4, 8, 16, 32), (0, 1, 2, 3, 4, 5, 6)):
        yield _bmp(9_000, bits, packing, b"\xff\0" * 100 + b"\0\2\xff\xff" * 100)


def _ppm():
    yield b"P3 8 8 255\n" + b"1 " * 1_000_000
    yield b"P6 " + b"#" * 1_000_000
    yield b"P1 9999 9999\n" + b"#\n" * 1_000_000
    yield b"P3 9999 9999 255\n" + b"1 " * 1_000_000
    yield b"P2 2 2 255\n" + b"9" * 5_000_000
    yield b"PF 9000 9000 -1.0\n" + bytes(1000)
    yield b"P7\nWIDTH 8\nHEIGHT 8\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n" + bytes(192)


def _avif():
    if not _knows_avif():
        return
    small = _saved("AVIF", 64, speed=10)
    for side in SIDES:
        yield small.replace(_ispe(64), _ispe(side))
    parts = boxes.cut(small)
    for count in (MANY,):
        free = boxes.Part(b"free", b"x")
        yield boxes.joined(boxes.moved_items((*parts[:-1], *[free] * count, parts[-1]), 9 * count))
    yield small[:-1000] + b"".join(boxes.box(b"meta", bytes(4)) for _ in range(1000))
    nested = b""
    for _ in range(5_000):
        nested = boxes.box(b"meta", bytes(4), nested)
    yield boxes.box(b"ftyp", parts[0].content) + nested
    for rows, columns, side in ((255, 255, 16_320), (1, 1, 64), (255, 1, 16_320), (16, 16, 1024)):
        yield boxes.grid(small, rows, columns, side, side)
        yield boxes.grid(small, rows, columns, side, side, tiles=4)
    yield boxes.box(b"ftyp", parts[0].content, b"\0" * (1 << 20)) + small


def _knows_avif():
    from PIL import features

    return features.check("avif")


def _ispe(side):
    return b"ispe" + struct.pack(">III", 0, side, side)


def _others():
    yield b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(touch harm) (w) file\n"
    yield b"%PDF-1.7\n"
    yield b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>'
    yield b"\xd7\xcd\xc6\x9a" + bytes(100)  # WMF
    yield b"8BPS\0\1" + bytes(100)  # Photoshop


def exifs():
    """EXIF that leads back to itself, has enormous counts, or goes down very deep."""
    yield tiff((34665, 4, 1, 8), (34853, 4, 1, 8), (40965, 4, 1, 8))
    yield tiff((270, 2, 2**32 - 1, 8), (274, 3, 1 << 30, 8))
    yield tiff((274, 5, 1, 8), (270, 13, 1, 8), following=8)
    yield tiff(*[(270 + i, 2, 60_000, 8) for i in range(4_000)])
    depth = 2_000
    chain = [struct.pack("<HHHIII", 1, 34665, 4, 1, 8 + 18 * (i + 1), 0) for i in range(depth)]
    yield b"II*\0" + struct.pack("<I", 8) + b"".join(chain) + bytes(18)


def profiles():
    """ICC profiles whose tables of tags say too much."""
    head = bytes(16) + b"RGB XYZ " + bytes(12) + b"acsp" + bytes(88)
    for count in (100, 50_000, 2**31, 2**32 - 1):
        table = b"rTRC" + struct.pack(">II", 128, 2**32 - 16)
        tags = struct.pack(">I", count) + table * min(count, 50_000)
        yield struct.pack(">I", 128 + len(tags)) + head[4:] + tags
    yield struct.pack(">I", 2**32 - 1) + head[4:] + bytes(4)
    curve = b"curv" + bytes(4) + struct.pack(">I", 2**30)
    yield struct.pack(">I", 400) + head[4:] + struct.pack(">I4sII", 1, b"rTRC", 144, 256) + curve


def _flat(side):
    """A progressive JPEG of one gray, whose scans take few bytes and all the time."""
    packed = io.BytesIO()
    Image.new("L", (side, side), 99).save(packed, "JPEG", progressive=True)
    return packed.getvalue()


def _saved(kind, side, **options):
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    packed = io.BytesIO()
    Image.fromarray(noise).save(packed, kind, **options)
    return packed.getvalue()


def png(width, height, data, *extra):
    """A true-color PNG with these compressed data, and chunks in front of them."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), *extra, (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(itertools.starmap(chunk, chunks))


def tiff(*entries, following=0, rest=bytes(100)):
    """A directory right behind the header: (tag, type, count, value) each."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    directory = struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + rest


_OF_SIZE = {
    "PNG": lambda side: png(side, side, zlib.compress(bytes(100))),
    "PPM": lambda side: b"P6 %d %d 255\n" % (side, side) + bytes(100),
    "BMP": _bmp,
    "GIF": lambda side: b"GIF89a" + struct.pack("<HH", side & 65535, side & 65535) + bytes(50),
    "TIFF": lambda side: tiff((256, 4, 1, side), (257, 4, 1, side), (273, 4, 1, 8), (279, 4, 1, 9)),
}
_BY_FORMAT = {
    "PNG": _png,
    "TIFF": _tiff,
    "JPEG": _jpeg,
    "WEBP": _webp,
    "GIF": _gif,
    "BMP": _bmp_files,
    "PPM": _ppm,
    "AVIF": _avif,
    "HEIC": _avif,
}
