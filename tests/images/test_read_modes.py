"""Every kind of pixel that a file can hold, against values known beforehand."""

import struct
import zlib

import numpy as np
import PIL
import pytest
from PIL import Image, ImageCms

from backpaint.errors import UsageError
from backpaint.images import photograph_of, read_image

LEVELS = np.array([[0, 1, 127, 128, 254, 255]] * 3, dtype=np.uint8)  # (3, 6)
LEVELS16 = np.array([[0, 1, 257, 32768, 40000, 65535]] * 3, dtype=np.uint16)


def gray(levels):
    return np.repeat(levels.astype(float)[:, :, np.newaxis], 3, axis=2)


def save(image, path, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("extension", ["png", "tiff", "bmp", "gif", "pgm"])
def test_gray(tmp_path, extension):
    read = read_image(save(Image.fromarray(LEVELS), tmp_path / f"a.{extension}"))
    np.testing.assert_array_equal(read.pixels, gray(LEVELS))
    assert read.pixels.dtype == np.float64
    assert read.alpha is None
    assert read.name == f"a.{extension}"
    assert read.notes == ()


@pytest.mark.parametrize("extension", ["png", "tiff", "bmp", "ppm"])
def test_rgb_exactly(tmp_path, smooth_rgb, extension):
    read = read_image(save(Image.fromarray(smooth_rgb), tmp_path / f"a.{extension}"))
    np.testing.assert_array_equal(read.pixels, smooth_rgb)


@pytest.mark.parametrize("extension", ["jpg", "webp", "avif"])
def test_rgb_nearly(tmp_path, smooth_rgb, extension):
    if extension == "avif":
        pytest.importorskip("PIL._avif", reason="this Pillow has no AVIF")
    read = read_image(save(Image.fromarray(smooth_rgb), tmp_path / f"a.{extension}", quality=95))
    assert np.abs(read.pixels - smooth_rgb).mean() < 2


def test_one_bit(tmp_path):
    bits = Image.fromarray(LEVELS > 127)
    read = read_image(save(bits, tmp_path / "a.png"))
    np.testing.assert_array_equal(read.pixels, gray(255 * (LEVELS > 127)))


@pytest.mark.parametrize("extension", ["png", "gif", "bmp", "tiff"])
def test_palette(tmp_path, extension):
    image = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8), "L").convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    read = read_image(save(image, tmp_path / f"a.{extension}"))
    assert read.pixels.tolist() == [[[255, 0, 0], [0, 255, 0], [10, 20, 30]]]


@pytest.mark.parametrize("extension", ["png", "gif"])
def test_palette_with_a_transparent_color(tmp_path, extension):
    image = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8), "L").convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    read = read_image(save(image, tmp_path / f"a.{extension}", transparency=1))
    assert read.pixels.tolist() == [[[255, 0, 0], [255, 255, 255], [10, 20, 30]]]
    assert read.alpha.tolist() == [[1, 0, 1]]
    assert "transparency laid on white" in read.notes


@pytest.mark.parametrize("extension", ["png", "tiff", "webp"])
def test_alpha_is_laid_on_white_and_kept(tmp_path, extension):
    rgba = np.zeros((4, 4, 4), dtype=np.uint8)
    rgba[:, :, :3] = 100, 0, 200
    rgba[:, :, 3] = 51  # 0.2
    options = {"lossless": True} if extension == "webp" else {}
    read = read_image(save(Image.fromarray(rgba), tmp_path / f"a.{extension}", **options))
    np.testing.assert_allclose(read.pixels[0, 0], [224, 204, 244])
    np.testing.assert_allclose(read.alpha, 0.2)


def test_opaque_alpha_is_none(tmp_path):
    rgba = np.full((4, 4, 4), 255, dtype=np.uint8)
    read = read_image(save(Image.fromarray(rgba), tmp_path / "a.png"))
    assert read.alpha is None
    assert read.notes == ()


def test_gray_with_alpha(tmp_path):
    image = Image.fromarray(np.array([[[100, 255], [100, 0]]], dtype=np.uint8), "LA")
    read = read_image(save(image, tmp_path / "a.png"))
    assert read.pixels.tolist() == [[[100] * 3, [255] * 3]]
    assert read.alpha.tolist() == [[1, 0]]


def test_gray_with_associated_alpha(tmp_path):
    path = save(Image.new("LA", (3, 2), (50, 128)), tmp_path / "a.tiff")
    unassociated, associated = (struct.pack("<HHIHH", 338, 3, 1, kind, 0) for kind in (2, 1))
    path.write_bytes(path.read_bytes().replace(unassociated, associated))
    with Image.open(path) as image:
        assert image.mode == "La"
        for read in (read_image(path), photograph_of(image)):
            assert read.alpha[0, 0] == 128 / 255
            np.testing.assert_allclose(read.pixels, 50 + 127, atol=1)  # gray 50 / alpha on white


@pytest.mark.parametrize("samples", [1, 3])
def test_color_key(make_png, samples):
    values = np.full((2, 2, samples), 7, dtype=np.uint8)
    values[0, 0] = 9
    key = (b"tRNS", struct.pack(">H", 9) * samples)
    read = read_image(make_png(values, 0 if samples == 1 else 2, extra=(key,)))
    assert read.alpha.tolist() == [[0, 1], [1, 1]]
    assert read.pixels[0, 0].tolist() == [255, 255, 255]
    assert read.pixels[1, 1].tolist() == [7, 7, 7]


def test_cmyk_without_a_profile(tmp_path):
    ink = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], dtype=np.uint8)
    read = read_image(save(Image.fromarray(ink, "CMYK"), tmp_path / "a.tiff"))
    assert read.pixels.tolist() == [[[255, 255, 255], [0, 255, 255], [0, 0, 0]]]
    assert "CMYK without a profile: colors approximate" in read.notes


def test_cmyk_jpeg(tmp_path):
    ink = np.zeros((16, 16, 4), dtype=np.uint8)
    ink[..., 0] = 255  # cyan; Adobe stores it inverted
    read = read_image(save(Image.fromarray(ink, "CMYK"), tmp_path / "a.jpg", quality=100))
    assert np.abs(read.pixels - [0, 255, 255]).max() < 4


@pytest.mark.skipif(PIL.__version__.startswith("11.0"), reason="Pillow 11.0 cannot read its own")
def test_ycbcr_tiff(tmp_path, smooth_rgb):
    image = Image.fromarray(smooth_rgb).convert("YCbCr")
    read = read_image(save(image, tmp_path / "a.tiff"))
    assert np.abs(read.pixels - smooth_rgb).max() <= 3  # rounded twice


def test_cielab_tiff(make_tiff):
    # L* as 0..255; a* and b* as signed bytes; sRGB's red has L* 54.3, a* 80.8, b* 69.9 under D50
    values = np.array([[[0, 0, 0], [255, 0, 0], [138, 81, 70], [138, -40 % 256, 0]]], dtype="u1")
    read = read_image(make_tiff(values, photometric=8))
    black, white, red, green = read.pixels[0]
    assert np.abs(black).max() <= 1
    assert np.abs(white - 255).max() <= 1
    assert np.abs(red - [255, 0, 0]).max() <= 6
    assert green[1] > green[0] + 50
    assert read.notes == ("colors converted from CIELAB to sRGB",)


def test_gray16_png_keeps_its_precision(make_png):
    read = read_image(make_png(LEVELS16[:, :, np.newaxis], 0))
    np.testing.assert_allclose(read.pixels, gray(LEVELS16 / 257), rtol=1e-15)


def test_gray16_png_color_key(make_png):
    key = (b"tRNS", struct.pack(">H", 40000))
    read = read_image(make_png(LEVELS16[:, :, np.newaxis], 0, extra=(key,)))
    assert read.alpha[0].tolist() == [1, 1, 1, 1, 0, 1]
    assert read.pixels[0, 4].tolist() == [255, 255, 255]


def test_gray16_tiff(make_tiff):
    read = read_image(make_tiff(LEVELS16[:, :, np.newaxis], photometric=1))
    np.testing.assert_allclose(read.pixels, gray(LEVELS16 / 257), rtol=1e-15)


def test_gray16_tiff_with_white_at_zero(make_tiff):
    read = read_image(make_tiff(LEVELS16[:, :, np.newaxis], photometric=0))
    np.testing.assert_allclose(read.pixels, gray(255 - LEVELS16 / 257), rtol=1e-12, atol=1e-12)


def test_gray16_pgm(tmp_path):
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P5 6 3 65535\n" + LEVELS16.astype(">u2").tobytes())
    np.testing.assert_allclose(read_image(path).pixels, gray(LEVELS16 / 257), rtol=1e-15)


@pytest.mark.parametrize("color_type", [2, 6])
def test_color16_png_is_within_one_level(make_png, color_type):
    values = np.repeat(LEVELS16[:, :, np.newaxis], 3 if color_type == 2 else 4, axis=2)
    values[..., 3:] = 65535
    read = read_image(make_png(values, color_type))
    assert np.abs(read.pixels - gray(LEVELS16 / 257)).max() < 1
    assert read.notes == ("16-bit color read with 8 bits",)


def test_gray_alpha16_png_is_within_one_level(make_png):
    values = np.stack([LEVELS16, np.full_like(LEVELS16, 65535)], axis=-1)
    read = read_image(make_png(values, 4))
    assert np.abs(read.pixels - gray(LEVELS16 / 257)).max() < 1


def test_color16_tiff_is_within_one_level(make_tiff):
    read = read_image(make_tiff(np.repeat(LEVELS16[:, :, np.newaxis], 3, axis=2), photometric=2))
    assert np.abs(read.pixels - gray(LEVELS16 / 257)).max() < 1
    assert read.notes == ("16-bit color read with 8 bits",)


@pytest.mark.parametrize(
    ("dtype", "kind"), [("f4", "floating-point"), ("i4", "integers"), ("u4", "integers")]
)
def test_numbers_without_black_and_white_are_refused(make_tiff, dtype, kind):
    path = make_tiff(np.ones((3, 3, 1), dtype=dtype), photometric=1)
    with pytest.raises(UsageError, match=f"hand.tiff: expected 8 or 16 bits .*{kind}"):
        read_image(path)


def test_signed16_is_refused(make_tiff):
    with pytest.raises(UsageError, match=r"hand\.tiff: .* found signed 16-bit integers whose"):
        read_image(make_tiff(np.ones((3, 3, 1), dtype="i2"), photometric=1))


@pytest.mark.parametrize("extension", ["gif", "png", "webp", "tiff"])
def test_of_several_frames_the_first(tmp_path, smooth_rgb, extension):
    first, second = Image.fromarray(smooth_rgb), Image.fromarray(255 - smooth_rgb)
    options = {"lossless": True} if extension == "webp" else {}
    path = save(
        first, tmp_path / f"a.{extension}", save_all=True, append_images=[second], **options
    )
    read = read_image(path)
    assert np.abs(read.pixels - smooth_rgb).mean() < 8  # GIF has 256 colors
    assert "the first of 2 frames" in read.notes


D65 = (0.9505, 1.0, 1.0890)


def linear_profile(space, primaries):
    """A minimal ICC profile: linear light, primaries given as XYZ under D50."""

    def s15(*numbers):
        return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)

    def text(words):
        data = words.encode("ascii") + b"\0"
        return b"desc" + bytes(4) + struct.pack(">I", len(data)) + data + bytes(78)

    tags = {
        b"desc": text("test primaries"),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + s15(*D65),
        **{name + b"XYZ": b"XYZ " + bytes(4) + s15(*xyz) for name, xyz in primaries.items()},
        **{name + b"TRC": b"curv" + bytes(8) for name in primaries or (b"k",)},
    }
    offset, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        table += name + struct.pack(">II", offset + len(data), len(body))
        data += body
    size = offset + len(data)
    header = (
        struct.pack(">I", size)
        + bytes(4)
        + b"\x02\x10\0\0mntr"
        + space
        + b"XYZ "
        + bytes(12)
        + b"acsp"
    )
    header += bytes(28) + s15(0.9642, 1.0, 0.8249)
    header += bytes(128 - len(header))
    return header + struct.pack(">I", len(tags)) + table + data


RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
SWAPPED = linear_profile(b"RGB ", {b"r": GREEN, b"g": RED, b"b": BLUE})  # sRGB's, two exchanged
LINEAR_GRAY = linear_profile(b"GRAY", {})


def test_profile_with_swapped_primaries(tmp_path):
    values = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [55, 55, 55]]], dtype=np.uint8)
    read = read_image(save(Image.fromarray(values), tmp_path / "a.png", icc_profile=SWAPPED))
    # 55 / 255 of the light is level 128 after sRGB's gamma
    expected = [[[0, 255, 0], [255, 0, 0], [0, 0, 255], [128, 128, 128]]]
    assert np.abs(read.pixels - expected).max() <= 2
    assert read.notes == ("colors converted from 'test primaries' to sRGB",)


def test_profile_and_alpha(tmp_path):
    values = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], dtype=np.uint8)
    read = read_image(save(Image.fromarray(values), tmp_path / "a.png", icc_profile=SWAPPED))
    assert np.abs(read.pixels[0] - [[0, 255, 0], [255, 255, 255]]).max() <= 2


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_gray_profile(tmp_path, mode):
    values = np.array([[[0, 255], [55, 255], [255, 255], [55, 0]]], dtype=np.uint8)
    image = Image.fromarray(values, "LA").convert(mode)
    read = read_image(save(image, tmp_path / "a.png", icc_profile=LINEAR_GRAY))
    expected = [0, 128, 255, 128 if mode == "L" else 255]
    assert np.abs(read.pixels[0, :, 0] - expected).max() <= 2
    assert "colors converted from 'test primaries' to sRGB" in read.notes


def test_profile_of_gray16_is_ignored_aloud(make_png):
    chunk = (b"iCCP", b"x\0\0" + zlib.compress(LINEAR_GRAY))
    read = read_image(make_png(LEVELS16[:, :, np.newaxis], 0, extra=(chunk,)))
    np.testing.assert_allclose(read.pixels, gray(LEVELS16 / 257), rtol=1e-15)
    assert read.notes == ("color profile of 16-bit gray ignored",)


def test_srgb_profile_changes_nothing(tmp_path, smooth_rgb):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = save(Image.fromarray(smooth_rgb), tmp_path / "a.png", icc_profile=profile)
    assert np.abs(read_image(path).pixels - smooth_rgb).max() <= 1


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_unusable_profiles_are_ignored(tmp_path, mode):
    wrong_kind = SWAPPED if mode != "RGB" else b"\0" * 500
    image = Image.fromarray(LEVELS).convert(mode)
    path = save(image, tmp_path / "a.tiff", icc_profile=wrong_kind)
    read = read_image(path)
    np.testing.assert_array_equal(read.pixels, gray(LEVELS))
    assert "unusable color profile ignored" in read.notes


@pytest.mark.parametrize("extension", ["jpg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, smooth_rgb, orientation, extension):
    # how a camera held that way stores the upright picture (EXIF 2.3, 4.6.4 A)
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a[:, ::-1].swapaxes(0, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a[::-1].swapaxes(0, 1),
    }[orientation](smooth_rgb)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{extension}"
    options = {"quality": 100, "subsampling": 0} if extension == "jpg" else {}
    options |= {"lossless": True} if extension == "webp" else {}
    save(Image.fromarray(np.ascontiguousarray(stored)), path, exif=exif, **options)
    read = read_image(path)
    assert read.pixels.shape == smooth_rgb.shape
    assert np.abs(read.pixels - smooth_rgb).max() <= (6 if extension == "jpg" else 0)


def test_damaged_exif_is_ignored(tmp_path, smooth_rgb):
    path = tmp_path / "a.jpg"
    save(Image.fromarray(smooth_rgb), path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert read_image(path).pixels.shape == smooth_rgb.shape
