"""A PNG whose data end early, properly or not: refused before room is made for it."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read_image
from backpaint.isolation.whole.png import unpacked_share

PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
"""Of Adam7: the first column and row, and the steps to the next ones."""


def chunk(tag, data):
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def png(width, height, rows, color=2, depth=8, interlaced=False, pieces=1):
    """Pack rows of bytes, each with its filter, into a file that claims to have this size."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    data = zlib.compress(rows)
    step = -(-len(data) // pieces)
    parts = b"".join(
        chunk(b"IDAT", data[start : start + step]) for start in range(0, len(data), step)
    )
    palette = chunk(b"PLTE", bytes(range(48))) if color == 3 else b""
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette
    return start + chunk(b"tEXt", b"a\0b") + parts + chunk(b"IEND", b"")


def interlaced_rows(pixels):
    """Cut (H, W, 3) pixels into Adam7's passes."""
    passes = [pixels[top::down, left::across] for left, top, across, down in PASSES]
    return b"".join(b"\0" + row.tobytes() for part in passes if part.size for row in part)


KINDS = [(color, depth) for color in (0, 3) for depth in (1, 2, 4, 8)]
KINDS += [(color, depth) for color in (2, 4, 6) for depth in (8, 16)]


@pytest.mark.parametrize(("color", "depth"), [*KINDS, (0, 16)])
def test_the_size_of_every_kind_of_row(color, depth):
    width, height = 13, 7
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    row = bytes(1 + -(-width * samples * depth // 8))
    whole = png(width, height, row * height, color, depth)
    with Image.open(io.BytesIO(whole)) as image:
        image.load()  # Pillow finds it whole
    assert unpacked_share(io.BytesIO(whole)) == 1
    for count in (0, 1, 6):
        short = io.BytesIO(png(width, height, row * count, color, depth))
        assert unpacked_share(short) == pytest.approx(count / height)
    lacking = png(width, height, (row * height)[:-1], color, depth)
    assert unpacked_share(io.BytesIO(lacking)) < 1


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (8, 8), (17, 33)])
def test_interlaced_pictures(size, tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (*size, 3), dtype=np.uint8)
    rows, path = interlaced_rows(pixels), tmp_path / "a.png"
    path.write_bytes(png(size[1], size[0], rows, interlaced=True))
    np.testing.assert_array_equal(read_image(path).pixels, pixels)
    path.write_bytes(png(size[1], size[0], rows[:-1], interlaced=True))
    with pytest.raises(UsageError, match="expected a whole PNG file"):
        read_image(path)


@pytest.mark.parametrize("pieces", [1, 2, 50])
@pytest.mark.parametrize("count", [1, 50, 99])
def test_rows_that_are_not_there_are_not_painted_black(count, pieces, tmp_path):
    path, row = tmp_path / "a.png", b"\0" + b"\xc8\x31\x07" * 100
    path.write_bytes(png(100, 100, row * 100, pieces=pieces))
    assert read_image(path).pixels.min() == 7
    path.write_bytes(png(100, 100, row * count, pieces=pieces))
    with pytest.raises(UsageError) as refusal:
        read_image(path)
    assert str(refusal.value) == (
        f"{path}: expected a whole PNG file, found data for {count} % of its rows; "
        "copy or export it again"
    )


def test_more_data_than_rows_are_not_unpacked():
    bomb = io.BytesIO(png(10, 10, bytes(100 << 20)))
    begin = time.process_time()
    assert unpacked_share(bomb) == 1
    assert time.process_time() - begin < 0.5


def test_a_tall_picture_without_rows_takes_no_memory(tmp_path):
    """74 bytes that claim a hundred million rows took 3.6 GB."""
    (tmp_path / "a.png").write_bytes(png(1, 99_000_000, b"\0\0\0\0"))
    begin = time.perf_counter()
    with pytest.raises(UsageError, match="found data for 0 % of its rows"):
        read_image(tmp_path / "a.png")
    assert time.perf_counter() - begin < 5


def test_the_position_stays():
    file = io.BytesIO(png(10, 10, bytes(310)))
    file.seek(77)
    assert unpacked_share(file) == 1
    assert file.tell() == 77


@pytest.mark.parametrize("place", [20, 60, 100])
def test_damage_is_left_to_the_decoder(place):
    whole = bytearray(png(10, 10, np.random.default_rng(0).bytes(310)))
    assert unpacked_share(io.BytesIO(whole[:place])) <= 1
    whole[place] ^= 0xFF
    assert 0 <= unpacked_share(io.BytesIO(whole)) <= 1


def test_an_animated_picture_is_read(tmp_path):
    frames = [Image.new("RGB", (9, 5), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    assert read_image(tmp_path / "a.png").notes == ("the first of 2 frames",)


def headed(*sizes, rows=4, first=b""):
    """A PNG with a chunk in front of its headers, the last of which counts."""
    header = b"".join(
        chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)) for size in sizes
    )
    data = chunk(b"IDAT", zlib.compress(bytes(5 * rows)))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + first + header + data + chunk(b"IEND", b""))


@pytest.mark.parametrize("first", [b"", chunk(b"tEXt", bytes(40)), chunk(b"gAMA", bytes(4))])
@pytest.mark.parametrize("sizes", [[(4, 4)], [(1, 1), (4, 4)]])
def test_the_header_that_counts_is_found(first, sizes):
    """The decoder takes any order, and the last of several headers."""
    whole = headed(*sizes, first=first)
    with Image.open(whole) as image:
        assert image.size == (4, 4)
    assert unpacked_share(headed(*sizes, first=first)) == 1
    assert unpacked_share(headed(*sizes, rows=1, first=first)) == 0.25
