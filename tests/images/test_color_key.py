"""A PNG's color key: that color, all bits of it, and no other is transparent."""

import struct
import zlib

import numpy as np
import pytest

from backpaint.images import read_image

GRAY, RGB = 0, 2


def png(path, depth, color_type, rows, key, orientation=None):
    """Write a PNG of packed rows of bytes, with a color key."""
    samples = 3 if color_type == RGB else 1
    width = 8 * len(rows[0]) // (depth * samples)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, len(rows), depth, color_type, 0, 0, 0)),
        (b"tRNS", struct.pack(f">{samples}H", *key)),
    ]
    if orientation is not None:
        tag = struct.pack(">HHIHH", 274, 3, 1, orientation, 0)
        chunks.append((b"eXIf", b"MM\0*\0\0\0\x08\0\x01" + tag + bytes(4)))
    chunks += [(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )
    return read_image(path)


@pytest.mark.parametrize("key", range(4))
def test_two_bits_of_gray(tmp_path, key):
    read = png(tmp_path / "a.png", 2, GRAY, [bytes([0b00011011])], [key])
    assert read.alpha.tolist() == [[float(level != key) for level in range(4)]]
    expected = [255 if level == key else 85 * level for level in range(4)]
    assert read.pixels[0, :, 0].tolist() == expected


@pytest.mark.parametrize("key", [0, 7, 15])
def test_four_bits_of_gray(tmp_path, key):
    rows = [bytes(16 * (2 * i) + 2 * i + 1 for i in range(8))]
    read = png(tmp_path / "a.png", 4, GRAY, rows, [key])
    assert read.alpha.tolist() == [[float(level != key) for level in range(16)]]


@pytest.mark.parametrize("key", [0, 1])
def test_one_bit(tmp_path, key):
    read = png(tmp_path / "a.png", 1, GRAY, [bytes([0b01010101])], [key])
    assert read.alpha.tolist() == [[float(level != key) for level in [0, 1] * 4]]


def test_bits_of_the_key_beyond_the_depth_do_not_count(tmp_path):
    assert png(tmp_path / "a.png", 1, GRAY, [b"\x55"], [2]).alpha.tolist() == [[0, 1] * 4]
    assert png(tmp_path / "a.png", 8, GRAY, [b"\x09\x0a"], [0x109]).alpha.tolist() == [[0, 1]]
    assert png(tmp_path / "a.png", 8, RGB, [b"abcabd"], [0xFF61, 98, 99]).alpha.tolist() == [[0, 1]]


@pytest.mark.parametrize("channel", range(3))
@pytest.mark.parametrize("byte", range(2))
def test_both_bytes_of_every_channel_count(tmp_path, channel, byte):
    key = bytes([0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC])
    other = bytearray(key)
    other[2 * channel + byte] ^= 1
    read = png(tmp_path / "a.png", 16, RGB, [key + other, other + other], struct.unpack(">3H", key))
    assert read.alpha.tolist() == [[0, 1], [1, 1]]
    assert "16-bit color read with 8 bits" in read.notes


def test_opacity_is_turned_with_the_picture(tmp_path):
    rows = [b"\x00\x09\x02", b"\x03\x04\x05"]  # turned by a quarter, clockwise
    read = png(tmp_path / "a.png", 8, GRAY, rows, [9], orientation=6)
    assert read.alpha.tolist() == [[1, 1], [1, 0], [1, 1]]
    assert read.pixels[:, :, 0].tolist() == [[3, 0], [4, 255], [5, 2]]


def test_a_key_that_no_pixel_has_changes_nothing(tmp_path):
    read = png(tmp_path / "a.png", 8, GRAY, [b"\x01\x02"], [3])
    assert read.alpha is None
    np.testing.assert_array_equal(read.pixels[0, :, 0], [1, 2])
