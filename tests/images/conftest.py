"""Files that Pillow does not write, built byte by byte."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

GRAY, RGB, GRAY_ALPHA, RGB_ALPHA = 0, 2, 4, 6


def png_bytes(
    values: NDArray[np.uint8] | NDArray[np.uint16],
    color_type: int,
    size: tuple[int, int] | None = None,
    extra: tuple[tuple[bytes, bytes], ...] = (),
) -> bytes:
    """A PNG of (H, W, samples) with 8 or 16 bits; `size` (H, W) may lie about it."""
    height, width = size or values.shape[:2]
    bits = 8 * values.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    big_endian = values.astype(values.dtype.newbyteorder(">"))
    rows = b"".join(b"\0" + row.tobytes() for row in big_endian)
    chunks = ((b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    )


def tiff_bytes(values: NDArray[np.generic], photometric: int) -> bytes:
    """An uncompressed little-endian TIFF of (H, W, samples) in the array's own dtype."""
    height, width, samples = values.shape
    bits = 8 * values.dtype.itemsize
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    data = values.astype(values.dtype.newbyteorder("<")).tobytes()
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, samples, bits),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 8),
        (277, 3, 1, samples),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
        (339, 3, samples, kind),
    ]
    end = 8 + len(data) + 2 + 12 * len(entries) + 4  # where arrays that do not fit go
    directory, arrays = struct.pack("<H", len(entries)), b""
    for tag, field, count, value in entries:
        if count * 2 > 4:
            directory += struct.pack("<HHII", tag, field, count, end + len(arrays))
            arrays += struct.pack(f"<{count}H", *[value] * count)
        elif field == 3:
            directory += struct.pack("<HHI2H", tag, field, count, value, value * (count == 2))
        else:
            directory += struct.pack("<HHII", tag, field, count, value)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory + bytes(4) + arrays


@pytest.fixture
def make_png(tmp_path: Path) -> Callable[..., Path]:
    def make(values, color_type, size=None, extra=()):
        path = tmp_path / "hand.png"
        path.write_bytes(png_bytes(values, color_type, size, extra))
        return path

    return make


@pytest.fixture
def make_tiff(tmp_path: Path) -> Callable[..., Path]:
    def make(values, photometric):
        path = tmp_path / "hand.tiff"
        path.write_bytes(tiff_bytes(values, photometric))
        return path

    return make


@pytest.fixture
def smooth_rgb() -> NDArray[np.uint8]:
    """A (40, 60, 3) picture without symmetry, smooth enough to survive JPEG."""
    y, x = np.mgrid[0:40, 0:60]
    channels = [4 * x + y, 250 - 5 * y, 90 + x + 2 * y]
    return np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8)
