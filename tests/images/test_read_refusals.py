"""What cannot be read is refused with one sentence that names the file and says what to do."""

import os
import warnings
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read, read_image


def refusal(path):
    with pytest.raises(UsageError) as caught:
        read_image(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "expected" in sentence
    assert "found" in sentence
    return sentence


def test_missing(tmp_path):
    assert "no such file" in refusal(tmp_path / "cta.jpg")


def test_folder(tmp_path):
    assert "found a folder" in refusal(tmp_path)


def test_empty(tmp_path):
    (tmp_path / "a.png").touch()
    assert "found an empty file" in refusal(tmp_path / "a.png")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_not_permitted(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (4, 4)).save(path)
    path.chmod(0)
    assert "permissions" in refusal(path)


def test_name_too_long():
    assert refusal("a" * 300 + ".png").startswith("aaa")


@pytest.mark.parametrize("scheme", ["http", "https", "ftp", "file"])
def test_web_address(scheme):
    assert "web address; download it first" in refusal(f"{scheme}://example.org/cat.jpg")


@pytest.mark.parametrize(
    "content", [b"hello, I am a text\n", b"%PDF-1.7\n", b"\x89PNG", b"\0" * 999]
)
def test_not_a_picture(tmp_path, content):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert str(path) in refusal(path)


def test_formats_that_pillow_knows_but_nobody_paints(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 8)).save(path, format="ICO")
    assert "JPEG, PNG" in refusal(path)


def encode(path, image):
    options = {"lossless": True} if path.suffix == ".webp" else {}
    image.save(path, **options)
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.75, 0.9, 0.97])
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tiff", "bmp", "gif", "ppm"])
def test_incomplete(tmp_path, smooth_rgb, extension, share):
    rng = np.random.default_rng(0)
    noisy = Image.fromarray(smooth_rgb ^ rng.integers(0, 64, smooth_rgb.shape, dtype=np.uint8))
    path = tmp_path / f"a.{extension}"
    whole = encode(path, noisy)
    path.write_bytes(whole[: int(len(whole) * share)])
    assert str(path) in refusal(path)


def test_too_few_numbers_in_a_text_file(tmp_path):
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P3 2 2 255 1 2 3 4\n")  # Pillow's decoder raises ValueError
    assert "damaged or incomplete" in refusal(path)


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tiff", "gif"])
def test_damage_is_refused_or_harmless_but_never_a_traceback(tmp_path, smooth_rgb, extension):
    rng = np.random.default_rng(7)
    path = tmp_path / f"a.{extension}"
    whole = encode(path, Image.fromarray(smooth_rgb))
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 4):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        with suppress(UsageError):
            assert read_image(path).pixels.ndim == 3


@pytest.mark.parametrize("size", [(60000, 60000), (10001, 10000)])
def test_decompression_bomb(make_png, size):
    path = make_png(np.zeros((1, 1, 3), dtype=np.uint8), 2, size=size)
    megapixels = round(size[0] * size[1] / 1e6)
    sentence = refusal(path)
    assert f"found {size[1]} x {size[0]} = {megapixels} megapixels" in sentence
    assert "at most 100 megapixels" in sentence


def test_pillow_is_left_as_it_was(make_png, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1234)
    filters = list(warnings.filters)
    refusal(make_png(np.zeros((1, 1, 3), dtype=np.uint8), 2, size=(60000, 60000)))
    read_image(make_png(np.zeros((1, 1, 3), dtype=np.uint8), 2))
    assert Image.MAX_IMAGE_PIXELS == 1234
    assert filters == warnings.filters


def test_large_but_allowed_leaks_no_warning(tmp_path, monkeypatch, smooth_rgb):
    path = tmp_path / "a.png"
    Image.fromarray(smooth_rgb).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)  # Pillow would warn about 2400
    assert read_image(path).pixels.shape == (40, 60, 3)


def test_our_limit_counts_pixels_and_not_sides(make_png, monkeypatch):
    monkeypatch.setattr(read, "MAX_MEGAPIXELS", 0.0002)
    values = np.zeros((1, 200, 3), dtype=np.uint8)
    assert read_image(make_png(values, 2)).pixels.shape == (1, 200, 3)
    assert "201 x 1" in refusal(make_png(np.zeros((1, 201, 3), dtype=np.uint8), 2))
