"""Light and dark: what the styles are given of the content's, and the known mistake."""

import numpy as np
import pytest

from backpaint.color.luma import match_luma
from backpaint.problem.gray import gray_line, gray_picture
from backpaint.problem.recipe import Affine

from ..problems import pixels

STYLE, CONTENT = gray_picture(pixels(6, 7, 0) * 0.5), gray_picture(pixels(9, 5, 1))


def test_gray_is_pillows_gray():
    from PIL import Image

    picture = np.rint(pixels(6, 7, 3))
    expected = np.asarray(Image.fromarray(picture.astype(np.uint8)).convert("L"), float)
    assert np.abs(gray_picture(picture) - expected[..., None]).max() < 0.51  # it rounds


@pytest.mark.parametrize("match", ["deviation", "mean", "none"])
def test_mean_and_deviation_are_the_contents(match):
    matched = match_luma(STYLE, CONTENT, match, floor=1e-9)
    mean, deviation = (CONTENT.mean() if match != "none" else STYLE.mean()), STYLE.std()
    deviation = CONTENT.std() if match == "deviation" else deviation
    assert matched.mean() == pytest.approx(mean, rel=1e-12)
    assert matched.std() == pytest.approx(deviation, rel=1e-10)  # not the ratio of variances


def test_pictures_of_one_level_stay_finite():
    flat = np.full((3, 4, 3), 80.0)
    assert np.ptp(match_luma(flat, CONTENT)) == 0
    assert np.abs(match_luma(STYLE, flat) - 80).max() < 5


def test_the_line_of_gray_is_what_gray_levels_map_to():
    from backpaint.problem.pixels import to_variable

    variable = Affine(scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    line, gray = gray_line(variable), to_variable(gray_picture(pixels(4, 5, 6)), variable)
    np.testing.assert_allclose(line.nearest(gray), gray, atol=1e-14)
    x = np.random.default_rng(0).normal(size=(4, 5, 3))
    nearest = line.nearest(x)
    np.testing.assert_allclose(line.nearest(nearest), nearest, atol=1e-14)
    assert (
        np.abs(np.sum((x - nearest) * (gray - nearest), axis=-1)).max() < 1e-13
    )  # at right angles
    pixels_of = nearest * variable.std + variable.mean
    assert np.ptp(pixels_of, axis=-1).max() < 1e-14
