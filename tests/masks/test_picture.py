"""One mask, from whatever it comes."""

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.masks.picture import mask_of

GRAY = np.array([[0, 51, 255], [255, 102, 0]], np.uint8)


@pytest.mark.parametrize(
    "given",
    [GRAY, GRAY / 255, Image.fromarray(GRAY), Image.fromarray(GRAY).convert("RGB")],
    ids=["bytes", "floats", "gray", "RGB"],
)
def test_white_counts_and_gray_is_kept(given):
    np.testing.assert_allclose(mask_of(given).values, GRAY / 255, atol=1e-15)


def test_truth_values_are_a_mask():
    assert mask_of(GRAY > 100).values.tolist() == [[0, 0, 1], [1, 1, 0]]


def test_a_file_has_its_name(tmp_path):
    Image.fromarray(GRAY).save(tmp_path / "sky.png")
    assert mask_of(tmp_path / "sky.png").name == "sky.png"


def tinted(color):
    return Image.fromarray(GRAY[..., np.newaxis] // np.array(color, np.uint8))


def test_colors_are_no_mask_and_slight_tints_count_by_their_light():
    pink = mask_of(Image.new("RGB", (2, 1), (250, 230, 220)))
    np.testing.assert_allclose(
        pink.values, (0.299 * 250 + 0.587 * 230 + 0.114 * 220) / 255, rtol=1e-12
    )
    for colored in (tinted((1, 2, 2)), tinted((255, 1, 255)).convert("RGBA")):
        with pytest.raises(UsageError, match=r"has colors; expected gray, .* as a map \(--map\)"):
            mask_of(colored)


@pytest.mark.parametrize("color", [0, 255, 90])
def test_a_picture_of_one_color_has_its_opacity_as_the_mask(color):
    pixels = np.full((2, 3, 4), color, np.uint8)
    pixels[..., 3] = GRAY
    mask = mask_of(Image.fromarray(pixels))
    np.testing.assert_allclose(mask.values, GRAY / 255, atol=1e-12)


def test_opacity_is_a_factor_of_what_is_drawn():
    pixels = np.zeros((2, 3, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = GRAY[..., np.newaxis], 255
    pixels[0, 2, 3] = 0
    assert mask_of(Image.fromarray(pixels)).values[0].tolist() == pytest.approx([0, 0.2, 0])


def test_resizing_averages_and_leaves_ones():
    mask = mask_of(np.kron(np.eye(3), np.ones((4, 4))))
    np.testing.assert_array_equal(mask.resized((3, 3), (12, 12)), np.eye(3))
    assert np.all(mask_of(np.ones((17, 13))).resized((7, 5), (17, 13)) == 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones((2, 3, 3)), r"float64, \(2, 3, 3\); expected \(H, W\)"),
        (np.full((2, 2), 2.0), "values from 2 to 2; expected"),
        (np.full((2, 2), np.nan), "values from nan"),
        (np.eye(2, dtype=np.uint8), "bytes of 0 and 1 alone; hand over mask.astype"),
        (np.zeros((0, 2)), "expected"),
    ],
)
def test_other_arrays_are_refused(given, message):
    with pytest.raises(UsageError, match=message):
        mask_of(given)


def test_another_aspect_ratio_is_refused_with_both_sizes():
    with pytest.raises(UsageError, match="20 x 10 pixels and its picture 30 x 20, another aspect"):
        mask_of(np.ones((10, 20))).resized((20, 30), (20, 30))
    assert mask_of(np.ones((67, 100))).resized((20, 30), (2000, 3000)).shape == (20, 30)
