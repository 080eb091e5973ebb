"""Whether a JPEG's entropy-coded data hold the whole picture.

They may end early behind a proper end mark.  libjpeg then makes the rest gray, in a progressive
file blurred, and warns; Pillow does not pass the warning on.  So the picture is decoded once more
with other data behind the end of its own: if that changes a pixel, its own were too few.  Source:
ITU-T T.81, annexes B (markers) and F.2.2.5 (data that end).
"""

import io
import re
from collections.abc import Iterator
from typing import IO

from PIL import Image, ImageChops

_LARGEST = 1 << 28
"""Bytes; larger files, 20 bits and more a pixel at the most pixels, are taken as they are."""

_SCAN, _ARITHMETIC = 0xDA, (0xC9, 0xCA)
_SEQUENTIAL = (0xC0, 0xC1)
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends a scan: any marker but a restart."""

_OTHER_DATA = bytes(range(1, 255, 2)) * 4
"""Some of any Huffman code; no 255, which begins markers."""

_GRAY = (127, 128)
"""A sample of a block without data; inverted, where Pillow inverts CMYK."""


def ends_early(image: Image.Image, file: IO[bytes]) -> bool:
    """Whether a JPEG's data end before the picture does.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded from it, and not yet changed.
    file : binary file
        Its position stays as it is.

    Returns
    -------
    bool
        False where that cannot be told: arithmetic codes may leave zeros out at their end.
    """
    position = file.tell()
    try:
        file.seek(0)
        content = file.read(_LARGEST + 1)
    finally:
        file.seek(position)
    kind, ends = _scans(content)
    if len(content) > _LARGEST or kind in _ARITHMETIC or not ends:
        return False
    if len(ends) == 1 and kind in _SEQUENTIAL and not _is_gray(image):
        return False  # its last block comes last, and has data
    other = Image.open(io.BytesIO(b"".join(_lengthened(content, ends))), formats=["JPEG"])
    other.load()
    return ImageChops.difference(image, other).getbbox() is not None


def _scans(content: bytes) -> tuple[int, list[int]]:
    """Return the marker of the frame, and where the data of each scan end."""
    at, kind, ends = 2, 0, []
    while content[at : at + 1] == b"\xff" and len(content) >= at + 4:
        marker = content[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == 0xD9:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            kind = marker
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _SCAN:
            mark = _MARK.search(content, at)
            if mark is None:
                break
            at = mark.start()
            ends.append(at)
    return kind, ends


def _is_gray(image: Image.Image) -> bool:
    """Whether the last pixel is one that no data made."""
    pixel = image.getpixel((image.width - 1, image.height - 1))
    return all(value in _GRAY for value in (pixel if isinstance(pixel, tuple) else (pixel,)))


def _lengthened(content: bytes, ends: list[int]) -> Iterator[bytes]:
    """Put other data behind those of each scan."""
    for start, end in zip([0, *ends], ends, strict=False):
        yield content[start:end]
        yield _OTHER_DATA
    yield content[ends[-1] :]
