"""HEIC, as iPhones write it: read where pillow-heif is installed, named where it is not."""

import sys

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read, read_image
from backpaint.isolation import open_picture

HEADER = b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + bytes(40)


def test_without_pillow_heif_the_sentence_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "a.heic").write_bytes(HEADER)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    with (
        (tmp_path / "a.heic").open("rb") as file,
        pytest.raises(open_picture.Unsuitable, match="found HEIC; pip install pillow-heif, or"),
    ):
        open_picture.open_picture(file)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (HEADER, "HEIC"),
        (HEADER.replace(b"ftypheic", b"ftypmif1").replace(b"mif1heic", b"mif1avif"), "AVIF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "a film or another kind of media file"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    ],
)
def test_what_it_is_instead_of_a_picture_is_named(tmp_path, start, name):
    (tmp_path / "a.jpg").write_bytes(start)
    with pytest.raises(UsageError, match=f"found {name}"):
        read_image(tmp_path / "a.jpg")


@pytest.fixture
def heif():
    heif = pytest.importorskip("pillow_heif", reason="HEIC: pip install '.[heic]'")
    heif.register_heif_opener()
    return heif


@pytest.mark.parametrize("orientation", [1, 6])
def test_colors_and_orientation(heif, tmp_path, smooth_rgb, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(smooth_rgb)
    image = image.transpose(Image.Transpose.ROTATE_90) if orientation == 6 else image
    image.info["exif"] = exif.tobytes()  # written as HEIF's own rotation
    image.save(tmp_path / "a.heic", quality=95)
    pixels = read_image(tmp_path / "a.heic").pixels
    assert pixels.shape == smooth_rgb.shape
    assert np.abs(pixels - smooth_rgb).mean() < 4


def test_opacity(heif, tmp_path, smooth_rgb):
    rgba = np.dstack([smooth_rgb, np.full(smooth_rgb.shape[:2], 51, np.uint8)])
    Image.fromarray(rgba).save(tmp_path / "a.heic", quality=95)
    assert np.abs(read_image(tmp_path / "a.heic").alpha - 0.2).max() < 0.02


def test_size_is_bounded_before_it_is_decoded(heif, tmp_path, monkeypatch):
    monkeypatch.setattr(read, "MAX_MEGAPIXELS", 0.01)
    Image.new("RGB", (128, 96)).save(tmp_path / "a.heic")
    with pytest.raises(UsageError, match=r"at most 0\.01 megapixels, found 128 x 96"):
        read_image(tmp_path / "a.heic")


def test_damage_is_one_sentence(heif, tmp_path, smooth_rgb):
    Image.fromarray(smooth_rgb).save(tmp_path / "a.heic")
    whole = (tmp_path / "a.heic").read_bytes()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "a.heic").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(UsageError, match=r"a\.heic: expected"):
            read_image(tmp_path / "a.heic")
