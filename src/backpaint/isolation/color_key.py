"""PNG's color keys: the one color of an opaque kind of picture that is to be transparent (tRNS).

Pillow compares 2 and 4 bits of gray after it has scaled them, and 16 bits of a color after it has
dropped the lower 8; here all bits of the file are compared.
"""

import struct
from functools import reduce
from typing import IO

from PIL import Image, ImageChops, ImageFile

_SCALES = {"1": (1, 255), "L;2": (3, 85), "L;4": (15, 17), "L": (255, 1), "RGB": (255, 1)}
"""Largest sample, and what Pillow multiplies it by, for each kind of row that it unpacks."""
_HIGH, _LOW = "RGB;16B", "RGB;16L"
"""How Pillow takes the upper byte of each 16-bit sample, and how it takes the other one."""


def keyed_opacity(image: ImageFile.ImageFile) -> Image.Image | None:
    """Decode which pixels of a PNG have another color than its color key.

    Parameters
    ----------
    image : ImageFile
        A file that was opened and not yet loaded.

    Returns
    -------
    PIL.Image.Image or None
        255, and 0 where a pixel has the color; None where there is no such key, and for 16-bit
        gray, which Pillow keeps whole.

    Notes
    -----
    PNG, third edition, 11.3.1.1: all bits of the samples count; bits of the key beyond the
    picture's depth do not.
    """
    rows = str(image.tile[0].args) if image.format == "PNG" and len(image.tile) == 1 else ""
    if rows not in (*_SCALES, _HIGH) or image.fp is None:
        return None
    place = image.fp.tell()
    try:
        key = _key(image.fp, len(image.getbands()))
        return None if key is None else _other_than(image.fp, rows, key)
    finally:
        image.fp.seek(place)


def _key(file: IO[bytes], samples: int) -> tuple[int, ...] | None:
    """Read the chunk, which stands before the pixels."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"tRNS":
            key = file.read(2 * samples)
            return struct.unpack(f">{samples}H", key) if length >= len(key) == 2 * samples else None
        if kind == b"IDAT":
            return None
        file.seek(length + 4, 1)
    return None


def _other_than(file: IO[bytes], rows: str, key: tuple[int, ...]) -> Image.Image:
    """Compare all samples with the key's."""
    if rows == _HIGH:
        wanted = {_HIGH: [value >> 8 for value in key], _LOW: [value & 255 for value in key]}
    else:
        most, scale = _SCALES[rows]
        wanted = {rows: [(value & most) * scale for value in key]}
    differences = (
        band.point([255] * value + [0] + [255] * (255 - value))
        for kind, values in wanted.items()
        for band, value in zip(_bands(file, kind), values, strict=True)
    )
    return reduce(ImageChops.lighter, differences)


def _bands(file: IO[bytes], rows: str) -> tuple[Image.Image, ...]:
    """Decode the file once more, with rows unpacked in some way."""
    file.seek(0)
    image = Image.open(file, formats=["PNG"])
    codec, extents, offset, _ = image.tile[0]
    image.tile = [ImageFile._Tile(codec, extents, offset, rows)]
    image.load()
    return (image.convert("L") if image.mode == "1" else image).split()
