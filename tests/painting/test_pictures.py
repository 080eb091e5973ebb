"""Pictures as people hand them over: taken as they are seen, or refused with what to do."""

from collections import deque
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from backpaint import gradient_maps, look_at_edges, objective, paint
from backpaint.errors import UsageError
from backpaint.examples import example_path
from backpaint.painting.per_style import scaled_shares
from backpaint.painting.pictures import as_pictures, photograph
from backpaint.plain import plain

from ..problems import pixels

PICTURE = np.rint(pixels(6, 9, 0)).astype(np.uint8)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_pillow_s_image_is_read_as_its_file_would_be(mode, tmp_path):
    image = Image.fromarray(PICTURE).convert(mode)
    image.save(tmp_path / "a.tif")
    np.testing.assert_array_equal(photograph(image).pixels, photograph(tmp_path / "a.tif").pixels)


@pytest.mark.parametrize("extension", ["png", "tif", "webp"])
@pytest.mark.parametrize("is_loaded", [False, True])
def test_pillow_s_image_stands_upright(extension, is_loaded, tmp_path):
    path, exif = tmp_path / f"a.{extension}", Image.Exif()
    exif[0x0112] = 6
    options = {"lossless": True} if extension == "webp" else {}
    turned = Image.fromarray(np.ascontiguousarray(PICTURE.swapaxes(0, 1)[::-1]))
    turned.save(path, exif=exif, **options)
    with Image.open(path) as image:
        if is_loaded and extension != "tif":  # Pillow itself turns that one
            image.load()
        for _ in range(2):  # it stays as it is
            read = photograph(image)
            np.testing.assert_array_equal(read.pixels, PICTURE)
            assert read.name == path.name


def test_opacity_of_pillow_s_image_is_kept():
    alpha = np.full((6, 9), 51, np.uint8)
    read = photograph(Image.fromarray(np.dstack([PICTURE, alpha])))
    np.testing.assert_allclose(read.alpha, 0.2)
    np.testing.assert_allclose(read.pixels, 255 - 0.2 * (255.0 - PICTURE))


def test_an_image_that_is_cut_short_is_one_sentence(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "a.bmp")
    (tmp_path / "a.bmp").write_bytes((tmp_path / "a.bmp").read_bytes()[:-40])
    with (
        Image.open(tmp_path / "a.bmp") as image,
        pytest.raises(UsageError, match=r"a\.bmp: .*incomplete"),
    ):
        photograph(image)


def test_paths_of_every_type(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(PICTURE).save(path)
    for name in (path, str(path), bytes(path), np.str_(path)):
        np.testing.assert_array_equal(photograph(name).pixels, PICTURE)


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (PICTURE / 255, "from .* to .*; expected R, G, B from 0 to 255; multiply it by 255"),
        ((PICTURE / 255).astype("f4").tolist(), "multiply it by 255"),
        (PICTURE / 250, "multiply it by 255"),  # resized pictures overshoot
        (PICTURE > 99, "True and False; .* multiply it by 255"),
        ((PICTURE > 99).tolist(), "True and False"),
        ((PICTURE > 99).astype("u1"), "from 0 to 1; "),
        (PICTURE.astype("u2") * 257, "divide it by 257"),
        (PICTURE - 128.0, "values from -"),
        (np.where(np.arange(162).reshape(6, 9, 3) == 7, np.nan, PICTURE), "a picture holds NaN"),
        (PICTURE.astype(float) * 280 / PICTURE.max() - 9, "; clip it: numpy.clip"),
        (np.full((2, 2, 3), 255.002), "from 255.002 to 255.002"),
        (np.full((2, 2, 3), 2.0), "from 2 to 2; expected R, G, B from 0 to 255; multiply"),
        (PICTURE[np.newaxis], r"one picture of several: picture\[0\]"),
        ("", "^'': expected a picture, found an empty name"),
        (b"", "^'': expected a picture, found an empty name"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "as 10 bytes that are no path, such as a file's contents"),
        ("a.png\0", "as 6 characters that are no path"),
        ("x" * 5000, "as 5000 characters that are no path"),
        (PICTURE[:, :, 0], r"numpy.dstack\(\[picture\] \* 3\)"),
        (PICTURE[:, :, :1], "repeat gray"),
        (np.dstack([PICTURE, PICTURE[:, :, :1]]), "PIL.Image.fromarray"),
        (np.moveaxis(PICTURE, 2, 0), r"picture.transpose\(1, 2, 0\)"),
        (PICTURE + 0j, "of type ndarray; expected a path or an array"),
        (None, "of type NoneType"),
        (7, "of type int"),
        (BytesIO(b"x"), "of type BytesIO"),
    ],
)
def test_what_would_be_black_or_is_no_picture_is_refused(picture, sentence):
    with pytest.raises(UsageError, match=sentence) as caught:
        photograph(picture)
    assert "\n" not in str(caught.value)


def test_the_contents_of_a_file_do_not_reach_the_terminal():
    with pytest.raises(UsageError) as caught:
        photograph(example_path("cat").read_bytes())
    assert str(caught.value).isprintable()
    assert "PIL.Image.open(io.BytesIO(contents))" in str(caught.value)


def test_rounding_beyond_the_range_is_clipped():
    beyond = PICTURE.astype(np.float64)
    beyond[0, 0] = 255.0000001, -1e-9, 7
    read = photograph(beyond).pixels
    assert read[0, 0].tolist() == [255, 0, 7]
    np.testing.assert_array_equal(read[1:], PICTURE[1:])
    assert beyond[0, 0, 0] > 255  # the caller's own stays


def test_tensors_of_pytorch_are_pictures_or_told_how_to_become_some():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    tensor = torch.tensor(PICTURE, dtype=torch.float32)
    np.testing.assert_array_equal(photograph(tensor).pixels, PICTURE)
    with pytest.raises(UsageError, match=r"; hand over picture\.detach\(\)$"):
        photograph(tensor.requires_grad_())
    with pytest.raises(UsageError, match=r"picture\.permute\(1, 2, 0\)"):
        photograph(tensor.detach().permute(2, 0, 1))


def test_black_is_a_picture_and_so_is_what_is_lighter_than_nearly_black():
    for level in (0, 2.5):
        assert photograph(np.full((2, 3, 3), level)).pixels.max() == level


@pytest.mark.parametrize("several", [list, tuple, iter, deque, np.stack])
def test_several_styles_in_whatever_holds_them(several):
    found = as_pictures(several([PICTURE, PICTURE]))
    assert [style.shape for style in found] == [PICTURE.shape] * 2


@pytest.mark.parametrize("function", [paint, objective, gradient_maps, look_at_edges])
@pytest.mark.parametrize("empty", [[], (), iter(()), np.empty((0, 4, 4, 3))],
                         ids=["list", "tuple", "iterator", "array"])  # fmt: skip
def test_a_list_without_pictures_is_no_wish_for_none(function, empty):
    styles = (empty,) if function is look_at_edges else (PICTURE, empty)
    with pytest.raises(UsageError, match="a list of pictures is empty; give at least one"):
        function(*styles)


@pytest.mark.parametrize(
    "one",
    ["a.png", b"a.png", PICTURE, PICTURE.tolist(), Image.fromarray(PICTURE), BytesIO(b"x"),
     {"a.png"}, frozenset(("a.png",))],
)  # fmt: skip
def test_one_style_is_one(one):
    (found,) = as_pictures(one)
    assert found is one


@pytest.mark.parametrize(
    "shares",
    [
        [np.float32(3), np.float32(1)],
        np.array([3, 1], np.float16),
        np.array([3, 1], np.longdouble),
        (share for share in (3, 1)),
        {"a": 3, "b": 1}.values(),
        [Fraction(3, 7), Fraction(1, 7)],
        [Decimal("0.75"), Decimal("0.25")],
    ],
)
def test_shares_of_any_numeric_type(shares):
    scaled = scaled_shares(shares, 2)
    assert scaled == pytest.approx((0.75, 0.25))
    assert [type(share) for share in scaled] == [float, float]


@pytest.mark.parametrize(
    "shares",
    ["3,1", ["3", "1"], 3, np.array(3), [3 + 0j, 1], [True, True], np.ones((2, 2)), [np.inf, 1],
     [np.nan, 1], {"a": 3, "b": 1}, {3: "a", 1: "b"}, {3, 1}, frozenset((3, 1)), [10**400, 1]],
)  # fmt: skip
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(UsageError, match="shares are") as caught:
        scaled_shares(shares, 2)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ([1e308, 1e308], "too large to be added; only their ratio counts"),
        ([0, 0], "at least one above 0"),
        ([-1, 2], "finite numbers >= 0"),
    ],
)
def test_shares_that_cannot_be_scaled_are_told_why(shares, sentence):
    with pytest.raises(UsageError, match=sentence):
        scaled_shares(shares, 2)


def test_numbers_become_python_s_own():
    given = {
        "a": np.float32(0.5), "b": np.int8(3), "c": np.bool_(True), "d": np.array(7),
        "e": (np.arange(2), Fraction(1, 4)), "f": np.longdouble(2), "g": None, "h": "off",
    }  # fmt: skip
    made = plain(given)
    expected = {
        "a": 0.5, "b": 3, "c": True, "d": 7, "e": [[0, 1], 0.25], "f": 2.0, "g": None, "h": "off",
    }  # fmt: skip
    assert made == expected
    assert [type(value) for value in made.values()] == [type(value) for value in expected.values()]
