"""TIFF stands upright in every mode, compression and byte order, whoever turns it."""

import struct

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read_image

STORED = {
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[:, ::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[::-1].swapaxes(0, 1),
    3: lambda a: a[::-1, ::-1],
}
"""How a camera held that way stores an upright picture (EXIF 2.3, 4.6.4 A)."""


def tiff(samples, order, orientation, planes=False):
    """An uncompressed TIFF of (H, W) or (H, W, 3) samples; as planes, of (3, H, W)."""
    height, width = samples.shape[-2:] if planes else samples.shape[:2]
    count = samples.ndim == 3 and 3
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    bits = 8 * samples.dtype.itemsize
    strips = 3 if planes else 1
    arrays = 8 + len(data)  # what does not fit into an entry
    extra = struct.pack(f"{order}3H", bits, bits, bits)
    extra += struct.pack(
        f"{order}6I", *(8 + len(data) // 3 * i for i in range(3)), *[len(data) // 3] * 3
    )
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, count or 1, arrays if count else bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2 if count else 1),
        (273, 4, strips, arrays + 6 if planes else 8),
        (274, 3, 1, orientation),
        (277, 3, 1, count or 1),
        (278, 4, 1, height),
        (279, 4, strips, arrays + 18 if planes else len(data)),
        (284, 3, 1, 2 if planes else 1),
    ]
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, number, value in entries:
        short = kind == 3 and number == 1
        content = struct.pack(f"{order}HH", value, 0) if short else struct.pack(f"{order}I", value)
        directory += struct.pack(f"{order}HHI", tag, kind, number) + content
    mark = {"<": b"II", ">": b"MM"}[order]
    begin = struct.pack(f"{order}HI", 42, arrays + len(extra))
    return mark + begin + data + extra + directory + bytes(4)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["gray", "gray16", "color"])
@pytest.mark.parametrize("orientation", STORED)
def test_uncompressed_tiff_of_both_byte_orders(tmp_path, smooth_rgb, order, kind, orientation):
    wide = smooth_rgb if kind == "color" else smooth_rgb[:, :, 0]
    stored = STORED[orientation](wide.astype("u2") * 257 if kind == "gray16" else wide)
    (tmp_path / "a.tif").write_bytes(tiff(stored, order, orientation))
    read = read_image(tmp_path / "a.tif")
    expected = smooth_rgb if kind == "color" else np.repeat(smooth_rgb[:, :, :1], 3, axis=2)
    np.testing.assert_allclose(read.pixels, expected, rtol=1e-15)
    assert read.notes == ("turned upright",)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_and_compression_of_tiff(tmp_path, smooth_rgb, mode, compression):
    image = Image.fromarray(smooth_rgb)
    image = (
        Image.fromarray(smooth_rgb[:, :, 0].astype("u2") * 257)
        if mode == "I;16"
        else image.convert(mode)
    )
    options = {} if compression is None else {"compression": compression}
    image.save(tmp_path / "upright.tif", **options)
    turned = image.transpose(Image.Transpose.ROTATE_90)
    turned.save(tmp_path / "turned.tif", tiffinfo={274: 6}, **options)
    upright, turned = read_image(tmp_path / "upright.tif"), read_image(tmp_path / "turned.tif")
    np.testing.assert_array_equal(turned.pixels, upright.pixels)
    assert turned.notes.count("turned upright") == 1


def test_the_first_page_s_own_orientation_counts(tmp_path, smooth_rgb):
    first, second = (Image.fromarray(np.ascontiguousarray(STORED[o](smooth_rgb))) for o in (6, 3))
    exif, second.encoderinfo = Image.Exif(), {"tiffinfo": {274: 3}}
    exif[274] = 6
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second], exif=exif)
    read = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(read.pixels, smooth_rgb)
    assert read.notes == ("the first of 2 frames", "turned upright")


def test_planes_of_16_bits_are_refused_and_of_8_bits_are_read(tmp_path, smooth_rgb):
    """Pillow reads the former as if they had 8 bits: stripes, without a word."""
    planes = np.ascontiguousarray(np.moveaxis(smooth_rgb, 2, 0))
    (tmp_path / "8.tif").write_bytes(tiff(planes, "<", 1, planes=True))
    np.testing.assert_array_equal(read_image(tmp_path / "8.tif").pixels, smooth_rgb)
    (tmp_path / "16.tif").write_bytes(tiff(planes.astype("u2") * 257, "<", 1, planes=True))
    with pytest.raises(UsageError, match="found uncompressed 16-bit colors in planes"):
        read_image(tmp_path / "16.tif")
