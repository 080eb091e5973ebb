"""Files are written whole or not at all, and tell how they came about."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import RunError, UsageError
from backpaint.images import check_writable, read_image, read_metadata, write_image

DESCRIPTION = json.dumps({"preset": "gatys", "title": "Träume — 夢", "losses": [1.5e9, 2.0]})
METADATA = {"backpaint": json.dumps({"é": 'quotes " and \\'}), "Software": "backpaint"}


@pytest.fixture
def pixels(smooth_rgb):
    return smooth_rgb.astype(np.float64)


@pytest.mark.parametrize("extension", ["png", "tif", "tiff", "PNG"])
def test_lossless_round_trip(tmp_path, pixels, extension):
    write_image(tmp_path / f"a.{extension}", pixels)
    np.testing.assert_array_equal(read_image(tmp_path / f"a.{extension}").pixels, pixels)


@pytest.mark.parametrize("extension", ["jpg", "jpeg", "webp"])
def test_lossy_round_trip(tmp_path, pixels, extension):
    write_image(tmp_path / f"a.{extension}", pixels)
    assert np.abs(read_image(tmp_path / f"a.{extension}").pixels - pixels).mean() < 2


def test_rounds_to_nearest_after_clipping(tmp_path):
    values = [-7.0, 0.49, 0.51, 99.5, 100.5, 254.6, 255.2, 1e9]
    write_image(tmp_path / "a.png", np.tile(np.array(values)[np.newaxis, :, np.newaxis], (1, 1, 3)))
    written = np.asarray(Image.open(tmp_path / "a.png"))[0, :, 0]
    assert written.tolist() == [0, 0, 1, 100, 100, 255, 255, 255]


def test_a_path_as_bytes(tmp_path, pixels):
    write_image(bytes(tmp_path / "a.png"), pixels)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").pixels, pixels)


def test_pixels_are_not_changed(tmp_path):
    pixels = np.full((3, 3, 3), 300.0)
    write_image(tmp_path / "a.png", pixels)
    assert (pixels == 300).all()


@pytest.mark.parametrize("extension", ["png", "webp", "tiff"])
def test_alpha_is_resized_and_restored(tmp_path, pixels, extension):
    alpha = np.zeros((80, 120))
    alpha[:40] = 1
    write_image(tmp_path / f"a.{extension}", pixels, alpha)
    back = read_image(tmp_path / f"a.{extension}").alpha
    assert back.shape == (40, 60)
    assert (back[:19] == 1).all()
    assert (back[21:] == 0).all()


def test_jpeg_has_no_alpha(tmp_path, pixels):
    write_image(tmp_path / "a.jpg", pixels, np.zeros((40, 60)))
    assert read_image(tmp_path / "a.jpg").alpha is None


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tiff"])
@pytest.mark.parametrize("text", [DESCRIPTION, METADATA["backpaint"], "x" * 50_000])
def test_metadata_round_trip(tmp_path, pixels, extension, text):
    path = tmp_path / f"a.{extension}"
    write_image(path, pixels, metadata={"backpaint": text, "Software": "backpaint"})
    assert read_metadata(path) == text
    assert read_image(path).pixels.shape == pixels.shape


def test_png_has_one_text_chunk_a_key(tmp_path, pixels):
    write_image(tmp_path / "a.png", pixels, metadata=METADATA)
    assert Image.open(tmp_path / "a.png").text == METADATA


def test_description_too_long_for_exif_does_not_cost_the_picture(tmp_path, pixels):
    write_image(tmp_path / "a.jpg", pixels, metadata={"backpaint": "x" * 70_000})
    assert read_metadata(tmp_path / "a.jpg") is None
    assert read_image(tmp_path / "a.jpg").pixels.shape == pixels.shape


@pytest.mark.parametrize("description", [None, "A cat", '{"a": 1}', "[1, 2]", '"backpaint"', "7"])
def test_other_people_s_metadata(tmp_path, smooth_rgb, description):
    exif = Image.Exif()
    if description is not None:
        exif[0x010E] = description
    Image.fromarray(smooth_rgb).save(tmp_path / "a.jpg", exif=exif)
    assert read_metadata(tmp_path / "a.jpg") is None


def test_metadata_of_what_is_no_picture(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read_metadata(tmp_path / "a.png")
    (tmp_path / "a.png").write_text("not a picture")
    with pytest.raises(UsageError, match="expected a picture"):
        read_metadata(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.png.part", ".png"])
def test_unknown_extension(tmp_path, pixels, name):
    for attempt in (check_writable, lambda path: write_image(path, pixels)):
        with pytest.raises(UsageError, match=r"\.png \.jpg \.jpeg \.webp \.tif \.tiff"):
            attempt(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_not_finite(tmp_path):
    with pytest.raises(ValueError, match="NaN or infinity"):
        write_image(tmp_path / "a.png", np.full((2, 2, 3), np.nan))
    assert list(tmp_path.iterdir()) == []


def test_failed_write_leaves_the_old_file(tmp_path, pixels, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")

    def disk_full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(RunError, match=r"a\.png.*No space left"):
        write_image(path, pixels)
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_interrupted_write_leaves_the_old_file(tmp_path, pixels, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")

    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_image(path, pixels)
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_sides_too_long_for_the_format(tmp_path):
    with pytest.raises(RunError, match=r"a\.webp"):
        write_image(tmp_path / "a.webp", np.zeros((1, 20_000, 3)))
    assert list(tmp_path.iterdir()) == []


def test_overwrites_through_a_link(tmp_path, pixels):
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "a.png", tmp_path / "link.png"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_image(link, pixels)
    assert link.is_symlink()
    np.testing.assert_array_equal(read_image(target).pixels, pixels)


def test_the_name_given_tells_the_format_whatever_a_link_leads_to(tmp_path, pixels):
    target, link = tmp_path / "latest", tmp_path / "a.png"
    link.symlink_to(target)
    check_writable(link)
    write_image(link, pixels)
    np.testing.assert_array_equal(read_image(target).pixels, pixels)


def test_permissions_are_those_of_any_new_file(tmp_path, pixels):
    write_image(tmp_path / "a.png", pixels)
    (tmp_path / "other").touch()
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_check_writable_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.png").write_bytes(b"old")
    check_writable(str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes() == b"old"


def test_check_writable_refuses(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    for path, found in (
        (tmp_path / "folder.png", "found a folder"),
        (tmp_path / "missing" / "a.png", "create it first"),
        (tmp_path / "file" / "a.png", "create it first"),
        (tmp_path / ("a" * 300 + ".png"), "too long"),
    ):
        with pytest.raises(UsageError, match=found):
            check_writable(path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody writes to")
def test_check_writable_tries_it():
    with pytest.raises(UsageError, match=r"/proc/a\.png: expected a place"):
        check_writable("/proc/a.png")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_check_writable_respects_permissions(tmp_path):
    (tmp_path / "a.png").touch(mode=0o444)
    with pytest.raises(UsageError, match="may not"):
        check_writable(tmp_path / "a.png")
    tmp_path.chmod(0o555)
    with pytest.raises(UsageError, match="expected a place"):
        check_writable(tmp_path / "b.png")
