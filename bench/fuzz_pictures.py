"""The files of `fuzz_images`: small pictures of every format, and pictures made to harm."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

from backpaint.isolation.decode_picture import FORMATS

VARIANTS = {
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}),
    "JPEG": ({}, {"progressive": True}),
}
BOMB = zlib.compress(bytes(300 << 20), 9)


def seeds():
    """Small pictures of every format, with a color profile and EXIF where the format has them."""
    random_pixels = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    picture = Image.fromarray(random_pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in FORMATS:
        for number, options in enumerate(VARIANTS.get(kind, ({},))):
            extra = {} if kind in ("PPM", "BMP", "GIF") else {"exif": exif, "icc_profile": profile}
            packed = io.BytesIO()
            picture.save(packed, kind, **options, **extra)
            yield f"{kind} {number + 1}" if number else kind, packed.getvalue()


def harmful():
    """Bombs, sizes that lie, cycles, and formats whose readers start programs."""
    for side in (2_000, 60_000, 2**31 - 1):
        yield png(side, side, zlib.compress(bytes(100)))
        yield b"P6 %d %d 255\n" % (side, side) + bytes(100)
        yield b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, side, side, 1, 24, *[0] * 6)
        yield b"GIF89a" + struct.pack("<HH", side & 65535, side & 65535) + bytes(50)
        yield tiff((256, 4, 1, side), (257, 4, 1, side), (273, 4, 1, 8), (279, 4, 1, 9))
    yield png(9_999, 9_999, BOMB)
    yield png(8, 8, BOMB)
    yield png(8, 8, zlib.compress(bytes(200)), (b"zTXt", b"backpaint\0\0" + BOMB))
    yield png(8, 8, zlib.compress(bytes(200)), (b"iTXt", b"backpaint\0\1\0\0\0" + BOMB))
    yield png(8, 8, zlib.compress(bytes(200)), (b"iCCP", b"profile\0\0" + BOMB))
    yield png(8, 8, zlib.compress(bytes(200)), *[(b"tEXt", b"k%d\0v" % i) for i in range(50_000)])
    yield tiff((256, 4, 1, 8), (257, 4, 1, 8), (273, 4, 1, 8), next_directory=8)  # a cycle
    yield tiff((256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1 << 30, 8))
    yield tiff((34665, 4, 1, 8), (34853, 4, 1, 8))  # EXIF that is its own directory
    yield b"P3 8 8 255\n" + b"1 " * 1_000_000
    yield b"P6 " + b"#" * 1_000_000
    yield b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(touch harm) (w) file\n"
    yield b"%PDF-1.7\n"
    yield b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>'
    yield b"\xd7\xcd\xc6\x9a" + bytes(100)  # WMF
    yield b"8BPS\0\1" + bytes(100)  # Photoshop


def png(width, height, data, *extra):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), *extra, (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + tag
        + content
        + struct.pack(">I", zlib.crc32(tag + content))
        for tag, content in chunks
    )


def tiff(*entries, next_directory=0):
    """A directory right behind the header: (tag, type, count, value) each."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    directory = struct.pack("<H", len(entries)) + packed + struct.pack("<I", next_directory)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(100)
