"""What a recipe makes of the pictures' colors, and what it says of it."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from backpaint.color import shown_pictures
from backpaint.color.histogram import match_histogram
from backpaint.color.linear import color_map
from backpaint.color.luma import match_luma
from backpaint.problem.gray import gray_picture
from backpaint.problem.recipe import Color
from backpaint.regions import Regions

from ..problems import pixels

CONTENT, STYLES = pixels(6, 7, 0) * 0.3 + 90, (pixels(5, 8, 1), pixels(7, 4, 2))


def only(style, options, content=CONTENT):
    _, (shown,) = shown_pictures(content, [style], options)
    return shown


def test_as_they_are_nothing_is_touched():
    content, shown = shown_pictures(CONTENT, STYLES, Color())
    assert content is CONTENT
    assert all(one.pixels is style for one, style in zip(shown, STYLES, strict=True))


@pytest.mark.parametrize("form", ["cholesky", "root", "transport", "histogram"])
def test_each_style_is_matched_by_itself(form):
    content, shown = shown_pictures(CONTENT, STYLES, Color(style=form, clip=False))
    assert content is CONTENT
    for style, one in zip(STYLES, shown, strict=True):
        expected = (
            match_histogram(style, CONTENT)
            if form == "histogram"
            else color_map(style, CONTENT, form)(style)
        )
        assert np.array_equal(one.pixels, expected)


def test_light_and_dark_alone():
    content, shown = shown_pictures(CONTENT, STYLES, Color(luma=True, luma_match="mean"))
    assert np.array_equal(content, gray_picture(CONTENT))
    for style, one in zip(STYLES, shown, strict=True):
        expected = match_luma(gray_picture(style), content, "mean")
        assert np.array_equal(one.pixels, expected.clip(0, 255))


def test_what_is_cut_off_is_told_where_it_is_much():
    contrasty = np.where(pixels(6, 7, 3) > 128, 255.0, 0.0)
    shown = only(STYLES[0], Color(style="transport"), contrasty)
    free = only(STYLES[0], Color(style="transport", clip=False), contrasty)
    assert np.array_equal(shown.pixels, free.pixels.clip(0, 255))
    (note,) = shown.notes
    part = 100 * np.mean((free.pixels < 0) | (free.pixels > 255))
    assert note == f"{part:.0f} % of its values were cut off at 0 or 255 by the match"
    assert free.notes == only(STYLES[0], Color(style="transport")).notes == ()


def test_a_style_with_no_color_is_told():
    gray = gray_picture(STYLES[0])
    (note,) = only(gray, Color(style="root", gain=2.0), pixels(6, 7, 3)).notes[:1]
    assert note.startswith("it has almost no color of its own")
    assert note.endswith("color.gain is 2")


@pytest.mark.parametrize("other", [{"keep": True}, {"style": "root"}])
def test_light_and_dark_alone_leaves_no_color_to_change(other):
    with pytest.raises(ValueError, match="leave them at false and as-is"):
        Color(luma=True, **other)


def soft(height, width, seed):
    """A mask of some grays, black at places."""
    return np.random.default_rng(seed).integers(0, 4, (height, width)) / 3


THERE, HERE = soft(6, 7, 5), soft(5, 8, 6)
"""Masks of the content, and of the first style."""


def moments_by_loops(picture, mask):
    """Mean and covariance of a picture's colors, each as often as its mask says."""
    total, mean, covariance = 0.0, np.zeros(3), np.zeros((3, 3))
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            total += mask[row, column]
            mean += mask[row, column] * picture[row, column]
    mean /= total
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            off = picture[row, column] - mean
            covariance += mask[row, column] / total * np.outer(off, off)
    return mean, covariance


def in_regions(options, content=CONTENT):
    masks = Regions((THERE, None), (HERE, None))
    _, shown = shown_pictures(content, STYLES, options, masks)
    return [one.pixels for one in shown]


def test_a_region_takes_the_colors_of_its_own_part_by_loops():
    matched, other = in_regions(Color(style="transport", clip=False, floor=0.5, gain=1e300))
    mean, style = moments_by_loops(STYLES[0], HERE)
    wanted, content = moments_by_loops(CONTENT, THERE)
    style, content = style + 0.5 * np.eye(3), content + 0.5 * np.eye(3)
    root, inverse = sqrtm(style), np.linalg.inv(sqrtm(style))
    by = inverse @ sqrtm(root @ content @ root) @ inverse
    np.testing.assert_allclose(matched, (STYLES[0] - mean) @ by.T + wanted, rtol=1e-10)
    whole = only(STYLES[1], Color(style="transport", clip=False, floor=0.5, gain=1e300))
    assert np.array_equal(other, whole.pixels)  # which counts everywhere


@pytest.mark.parametrize("form", ["cholesky", "root", "transport"])
def test_within_its_mask_a_style_has_the_moments_of_its_region(form):
    matched, _ = in_regions(Color(style=form, clip=False, floor=1e-9))
    for found, wanted in zip(
        moments_by_loops(matched, HERE), moments_by_loops(CONTENT, THERE), strict=True
    ):
        np.testing.assert_allclose(found, wanted, atol=1e-9 * np.abs(wanted).max())


def test_light_and_dark_in_a_region():
    matched, _ = in_regions(Color(luma=True, clip=False, floor=1e-9))
    (mean, spread), (wanted, deviation) = (
        moments_by_loops(picture, mask)
        for picture, mask in ((matched, HERE), (gray_picture(CONTENT), THERE))
    )
    np.testing.assert_allclose(mean, wanted, rtol=1e-9)
    np.testing.assert_allclose(spread, deviation, rtol=1e-9)


def test_a_histogram_in_a_region_is_that_of_its_pixels_alone():
    here, there = HERE > 0.5, THERE > 0.5
    matched = match_histogram(STYLES[0], CONTENT, here.astype(float), there.astype(float))
    alone = match_histogram(STYLES[0][here][:, None], CONTENT[there][:, None])[:, 0]
    np.testing.assert_allclose(matched[here], alone, rtol=1e-12)
    assert (matched >= CONTENT[there].min(axis=0)).all()  # also of levels that do not count
    assert (matched <= CONTENT[there].max(axis=0)).all()


def test_a_histogram_with_weights_by_loops():
    matched, _ = in_regions(Color(style="histogram"))
    for channel in range(3):
        level, weight = CONTENT[..., channel].ravel(), THERE.ravel()
        places = [
            (sum(weight[level < one]) + own / 2) / sum(weight)
            for one, own in zip(level, weight, strict=True)
        ]
        known = sorted((p, one) for p, one, w in zip(places, level, weight, strict=True) if w > 0)
        style = STYLES[0][..., channel]
        for at in np.ndindex(style.shape):
            below = sum(HERE[style < style[at]])
            place = (below + HERE[at] / 2) / HERE.sum()
            expected = np.interp(place, *zip(*known, strict=True))
            assert matched[(*at, channel)] == pytest.approx(expected, rel=1e-12)


def test_masks_that_say_nothing_leave_the_bits():
    for options in (Color(style="transport"), Color(style="histogram"), Color(luma=True)):
        ones = Regions((np.ones((6, 7)), None), (np.ones((5, 8)), None))
        _, masked = shown_pictures(CONTENT, STYLES, options, ones)
        _, plain = shown_pictures(CONTENT, STYLES, options)
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(masked, plain, strict=True))


def test_only_what_is_looked_at_counts_as_cut_off():
    black = np.zeros((5, 8))
    black[0, 0] = 1
    style = np.full((5, 8, 3), 128.0)
    style[1:] = pixels(4, 8, 3)
    _, (shown,) = shown_pictures(
        CONTENT, [style], Color(style="root", gain=1e300, floor=1.0), Regions((), (black,))
    )
    assert shown.notes == ()
