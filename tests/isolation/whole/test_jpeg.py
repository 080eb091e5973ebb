"""A JPEG whose data end early behind a proper end mark: libjpeg reads it, the rest gray."""

import io

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read_image
from backpaint.isolation.whole.jpeg import ends_early

END = b"\xff\xd9"
KINDS = [
    ("RGB", {}),
    ("RGB", {"subsampling": 0}),
    ("RGB", {"restart_marker_blocks": 1}),
    ("RGB", {"progressive": True}),
    ("L", {}),
    ("L", {"progressive": True}),
    ("CMYK", {}),
]


def jpeg(mode, **options):
    """A picture of noise, which is nowhere gray."""
    noise = np.random.default_rng(2).integers(130, 256, (40, 56, 3), dtype=np.uint8)
    packed = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(packed, "JPEG", **options)
    return packed.getvalue()


def cut(content, share):
    """Leave a share of what follows the first scan's header, and end properly."""
    start = content.index(b"\xff\xda") + 2
    start += int.from_bytes(content[start : start + 2], "big")
    end = start + int((len(content) - start) * share)
    end -= content[end - 1] == 0xFF
    return content[:end] + END


def early(content):
    file = io.BytesIO(content)
    with Image.open(file) as image:
        image.load()  # libjpeg says nothing
        file.seek(7)
        found = ends_early(image, file)
    assert file.closed or file.tell() == 7
    return found


@pytest.mark.parametrize(("mode", "options"), KINDS)
def test_data_that_end_early(mode, options):
    whole = jpeg(mode, **options)
    assert not early(whole)
    for share in (0.9,) if "progressive" in options else (0.1, 0.5, 0.9):
        assert early(cut(whole, share))  # Pillow itself stumbles over scans that are not there


def test_a_picture_may_end_gray():
    """As if its last block had no data; it has some."""
    packed = io.BytesIO()
    Image.new("RGB", (40, 40), (128, 128, 128)).save(packed, "JPEG")
    assert not early(packed.getvalue())


@pytest.mark.parametrize("between", [b"", b"\xff" * 9, b"more data that nobody wants"])
def test_what_stands_behind_the_data_does_not_matter(between):
    whole = jpeg("RGB")
    assert not early(whole[:-2] + between + END + b"\xff\xda\0\2 a second picture")


def test_arithmetic_codes_are_left_alone():
    """Their encoder may leave zeros out at the end."""
    whole = jpeg("RGB")
    at = whole.index(b"\xff\xc0") + 1
    with Image.open(io.BytesIO(cut(whole, 0.5))) as image:
        image.load()
        assert not ends_early(image, io.BytesIO(whole[:at] + b"\xc9" + whole[at + 1 :]))


def test_it_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "half.jpg").write_bytes(cut(jpeg("RGB"), 0.5))
    with pytest.raises(UsageError, match="whole JPEG file, found data that end before the picture"):
        read_image(tmp_path / "half.jpg")
    (tmp_path / "whole.jpg").write_bytes(jpeg("RGB"))
    assert read_image(tmp_path / "whole.jpg").pixels.shape == (40, 56, 3)
