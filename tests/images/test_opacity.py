"""A painting with an opacity, seen on white, is the painting."""

import numpy as np
import pytest
from PIL import Image

from backpaint.images import read_image, write_image


def seen_on(ground, path):
    """Lay a file on a ground, as a browser does."""
    with Image.open(path) as image:
        rgba = np.asarray(image.convert("RGBA"), np.float64)
    part = rgba[:, :, 3:] / 255
    return rgba[:, :, :3] * part + ground * (1 - part)


@pytest.fixture
def soft():
    """A light picture, and an opacity with a soft edge from 0.4 to 1."""
    y, x = np.mgrid[:20, :30]
    pixels = np.stack([170 + 2 * x, 250 - 3 * y, 160 + x + 2 * y], axis=-1).astype(np.float64)
    return pixels, np.linspace(0.4, 1, 30)[np.newaxis].repeat(20, axis=0)


@pytest.mark.parametrize("extension", ["png", "tif", "webp"])
def test_on_white_it_is_the_painting(tmp_path, soft, extension):
    pixels, alpha = soft
    path = tmp_path / f"a.{extension}"
    write_image(path, pixels, alpha)
    most = 0.5 if extension != "webp" else 8  # rounded to whole numbers; WebP is lossy
    assert np.abs(seen_on(255, path) - pixels).max() <= most
    assert np.abs(read_image(path).pixels - pixels).max() <= most


def test_on_black_no_white_shines_through(tmp_path, soft):
    _, alpha = soft
    black = 255 * (1 - alpha)[:, :, np.newaxis].repeat(3, axis=2)  # black, as seen on white
    write_image(tmp_path / "a.png", black, alpha)
    assert seen_on(0, tmp_path / "a.png").max() <= 1


def test_darker_than_its_opacity_allows_is_black_and_unseen_is_kept(tmp_path):
    write_image(tmp_path / "a.png", np.full((1, 3, 3), 90.0), np.array([[0.0, 0.5, 1.0]]))
    with Image.open(tmp_path / "a.png") as image:
        assert np.asarray(image)[0, :, 0].tolist() == [90, 0, 90]


def test_an_opacity_of_another_size(tmp_path, soft):
    pixels, alpha = soft
    write_image(tmp_path / "a.png", pixels, alpha[::2, ::2])
    assert np.abs(seen_on(255, tmp_path / "a.png") - pixels).max() <= 0.5
