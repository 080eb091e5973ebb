"""GIF, block by block, up to its trailer: bytes may lie behind it, and any byte in the blocks.

Source: CompuServe, Graphics Interchange Format, version 89a, 1990.
"""

import os
from typing import IO

EXTENSION, IMAGE, TRAILER = b"!", b",", b";"
SCREEN_BYTES, IMAGE_BYTES = 13, 9
"""Of the descriptors: signature and screen; place and size of an image.  Flags of the palette are
each one's byte 10 and 8."""


def has_trailer(file: IO[bytes]) -> bool:
    """Whether a GIF goes on up to its trailer.

    Parameters
    ----------
    file : file
        Open for reading; it stands at its beginning afterwards.

    Examples
    --------
    >>> import io
    >>> note = b"GIF89a" + bytes(7) + b"!" + bytes([254, 1]) + b";"
    >>> [has_trailer(io.BytesIO(note + bytes(1) + rest)) for rest in (b"", b"; and more")]
    [False, True]
    """
    file.seek(0)
    screen = file.read(SCREEN_BYTES).ljust(SCREEN_BYTES, b"\0")
    _pass_palette(file, screen[10])
    while (kind := file.read(1)) not in (b"", TRAILER):
        if kind == EXTENSION:
            file.seek(1, os.SEEK_CUR)  # its label
        elif kind == IMAGE:
            image = file.read(IMAGE_BYTES).ljust(IMAGE_BYTES, b"\0")
            _pass_palette(file, image[8])
            file.seek(1, os.SEEK_CUR)  # the size of LZW's first codes
        else:
            continue  # as viewers do
        _pass_blocks(file)
    file.seek(0)
    return kind == TRAILER


def _pass_palette(file: IO[bytes], flags: int) -> None:
    file.seek(3 << (flags & 7) + 1 if flags & 128 else 0, os.SEEK_CUR)


def _pass_blocks(file: IO[bytes]) -> None:
    """Pass blocks of known lengths, up to the empty one."""
    while (length := file.read(1)) not in (b"", b"\0"):
        file.seek(length[0], os.SEEK_CUR)
