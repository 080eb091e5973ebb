"""Whether a PNG's compressed data hold the whole picture.

They may end early and properly, as a stream of fewer rows.  Pillow then leaves the rest black and
says nothing, after it has made room for all of it.  Source: PNG specification, third edition,
sections 8 (interlacing) and 10 (compression).
"""

import struct
import zlib
from collections.abc import Iterator
from typing import IO

_SIGNATURE_SIZE = 8
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""A pixel's numbers, by color type: gray, RGB, palette, gray and opacity, RGB and opacity."""

_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Adam7: first column and row of each pass, and the steps to the next ones."""

_PIECE = 1 << 16
_LONGEST_OUTPUT = 1 << 20


def unpacked_share(file: IO[bytes]) -> float:
    """Measure how much of a PNG its compressed data hold, without keeping any of it.

    Parameters
    ----------
    file : binary file
        Its position stays as it is.

    Returns
    -------
    float
        From 0 to 1; also 1 where they are damaged: the decoder says that better.
    """
    position = file.tell()
    try:
        needed = _size(_header(file))
        return min(1.0, _unpacked(file, needed) / needed)
    except (struct.error, KeyError, zlib.error, ZeroDivisionError):
        return 1.0
    finally:
        file.seek(position)


def _header(file: IO[bytes]) -> bytes:
    """Find what the decoder goes by: the last header before the data, wherever it stands."""
    header = b""
    for length, tag in _chunks(file):
        if tag == b"IDAT":
            break
        if tag == b"IHDR":
            header = file.read(min(length, 13))
    return header


def _chunks(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each chunk's length and name, with the file at the beginning of its content."""
    file.seek(_SIGNATURE_SIZE)
    while len(start := file.read(8)) == 8:
        length, tag = struct.unpack(">I4s", start)
        end = file.tell() + length + 4
        yield length, tag
        file.seek(end)


def _size(header: bytes) -> int:
    """Count the bytes of all rows, each after a byte for its filter."""
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * _SAMPLES[color]
    total = 0
    for left, top, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _unpacked(file: IO[bytes], needed: int) -> int:
    """Count what the data unpack to, as far as it is needed."""
    stream, count = zlib.decompressobj(), 0
    for length, tag in _chunks(file):
        if count >= needed or stream.eof:
            break
        while tag == b"IDAT" and length > 0 and (piece := file.read(min(length, _PIECE))):
            length -= len(piece)
            while piece and count < needed:
                count += len(stream.decompress(piece, _LONGEST_OUTPUT))
                piece = stream.unconsumed_tail
    return count
