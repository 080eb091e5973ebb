"""The true files of `fuzz_images`: small pictures of every format, in most of its kinds."""

import io
import struct
from functools import partial

import numpy as np
from PIL import Image, ImageCms
from structures import boxes, png, riff
from structures.parts import Part

from backpaint.isolation.open_picture import FORMATS

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a b="c">d</a></x:xmpmeta>'
PLAIN = ("PPM", "BMP", "GIF")
"""Formats without profiles and EXIF."""

OPTIONS = {
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"},
             {"compression": "packbits"}, {"compression": "jpeg"}),
    "JPEG": ({}, {"progressive": True}, {"restart_marker_blocks": 1, "subsampling": 0}),
    "WEBP": ({}, {"lossless": True}),
    "AVIF": ({"speed": 10}, {"speed": 10, "subsampling": "4:4:4"}),
}  # fmt: skip
MODES = {
    "TIFF": ("1", "L", "P", "CMYK", "RGBA", "I;16", "LAB"),
    "JPEG": ("L", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGBA", "I;16"),
    "WEBP": ("RGBA",),
    "AVIF": ("RGBA",),
    "BMP": ("1", "L", "P"),
    "GIF": ("P", "L"),
    "PPM": ("1", "L", "I"),
}
SEVERAL_FRAMES = ("GIF", "PNG", "WEBP", "TIFF", "AVIF")


def true_files(kind):
    """Yield small pictures of a format: what it may be packed by, modes, frames, and metadata."""
    pixels = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, '{"backpaint": "{}"}'
    if kind != "TIFF":  # Pillow takes no sub-directory for one
        exif[0x8769] = {0x9286: b"x" * 20}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    metadata = {} if kind in PLAIN else {"exif": exif, "icc_profile": profile}
    save = partial(_saved, kind=kind)
    for options in OPTIONS.get(kind, ({},)):
        yield save(picture, **options, **metadata)
        yield save(picture, **options)
    for mode in MODES.get(kind, ()):
        yield save(_in_mode(picture, mode))
    if kind in SEVERAL_FRAMES:
        others = [Image.fromarray(np.roll(pixels, shift, 0)) for shift in (1, 2)]
        yield save(picture, save_all=True, append_images=others, **metadata)
    yield from SPECIAL.get(kind, lambda files: ())(save(picture))


def _saved(picture, kind, **options):
    packed = io.BytesIO()
    picture.save(packed, kind, **options)
    return packed.getvalue()


def _in_mode(picture, mode):
    if mode in ("I;16", "I"):
        wide = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        return Image.fromarray(wide).convert(mode)
    if mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return ImageCms.profileToProfile(picture, ImageCms.createProfile("sRGB"), lab,
                                         outputMode="LAB")  # fmt: skip
    return picture.convert(mode)


def _special_png(content):
    """Text, a color key, and a second picture that is no frame."""
    chunks = png.cut(content)
    text = (
        png.Part(b"tRNS", bytes(6)),
        png.Part(b"zTXt", b"backpaint\0\0" + _deflated(b'{"preset": "gatys"}')),
        png.Part(b"iTXt", b"backpaint\0\1\0\0\0" + _deflated(b"{}")),
        png.Part(b"tEXt", b"XML:com.adobe.xmp\0" + XMP),
        png.Part(b"gAMA", struct.pack(">I", 45455)),
        png.Part(b"eXIf", b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0" + bytes(4)),
    )
    yield png.joined((chunks[0], *text, *chunks[1:]))


def _deflated(content):
    import zlib

    return zlib.compress(content)


def _special_webp(content):
    """All chunks at once, and a frame within."""
    flags = bytes([0b00101100, 0, 0, 0, 31, 0, 0, 23, 0, 0])
    pixels = riff.cut(content)
    extra = (Part(b"EXIF", b"II*\0" + bytes(20)), Part(b"XMP ", XMP))
    profile = Part(b"ICCP", bytes(200))
    yield riff.joined((Part(b"VP8X", flags), profile, *pixels, *extra), riff.WEBP)
    opacity = Part(b"ALPH", b"\0" + bytes(range(256)) * 3)
    flags = bytes([0b00010000, *flags[1:]])
    yield riff.joined((Part(b"VP8X", flags), opacity, *pixels), riff.WEBP)


def _special_avif(content):
    """Grids: whole, cut off at its sides, too large, and with a tile that is not there."""
    tile = _saved(Image.effect_noise((64, 64), 90).convert("RGB"), "AVIF", speed=10)
    yield boxes.grid(tile, 2, 2, 128, 128)
    yield boxes.grid(tile, 1, 3, 190, 60)
    yield boxes.grid(tile, 2, 2, 160, 128)
    yield boxes.grid(tile, 2, 2, 128, 128, tiles=3)


def _special_bmp(content):
    """Bits as they are told by masks, in a later header, and runs of 8 and 4 bits."""
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield bmp(8, 8, 32, 3, bytes(256), masks + bytes(68), size=124)
    yield bmp(8, 8, 16, 3, bytes(128), struct.pack("<III", 0x7C00, 0x3E0, 0x1F))
    palette = bytes(4 * 256)
    yield bmp(8, 8, 8, 1, b"\x08\x01\0\0" * 8 + b"\0\1", palette)
    yield bmp(8, 8, 8, 1, b"\0\x04abcd\0\2\1\0\x03\x01\0\0" * 4 + b"\0\1", palette)
    yield bmp(8, 8, 4, 2, b"\x08\x12\0\0" * 8 + b"\0\1", palette[:64])


def bmp(width, height, bits, packing, pixels, between=b"", size=40):
    """A bitmap with a header of some size, and masks or a palette behind it."""
    start = 14 + 40 + len(between)
    head = struct.pack(
        "<IiiHHIIiiII", size, width, height, 1, bits, packing, len(pixels), 0, 0, 0, 0
    )
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + head + between + pixels


def _special_ppm(content):
    """Words instead of bytes, and numbers of 16 bits."""
    yield b"P3 2 2 255\n" + b"1 2 3 " * 4
    yield b"P2 2 2 9\n1 2 3 4\n"
    yield b"P1 4 2\n1 0 1 0 01 01\n"
    yield b"P6 2 2 65535\n" + bytes(range(24))
    yield b"Pf 2 2 -1.0\n" + bytes(16)


SPECIAL = {
    "PNG": _special_png,
    "WEBP": _special_webp,
    "AVIF": _special_avif,
    "BMP": _special_bmp,
    "PPM": _special_ppm,
}


def kinds():
    """List the formats; HEIC where pillow-heif is there."""
    return [*FORMATS, *(["HEIC"] if _has_heic() else [])]


def seeds(kind):
    """List true files of a format."""
    return list(_heic() if kind == "HEIC" else true_files(kind))


def _has_heic():
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def _heic():
    if not _has_heic():  # which also lets Pillow write it
        raise SystemExit("HEIC needs the package pillow-heif")
    pixels = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    yield _saved(picture, "HEIF", quality=50)
    yield _saved(picture.convert("RGBA"), "HEIF", quality=50)
    yield _saved(picture, "HEIF", save_all=True, append_images=[picture.rotate(90, expand=True)])
