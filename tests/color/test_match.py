"""What a recipe makes of the pictures' colors, and what it says of it."""

import numpy as np
import pytest

from backpaint.color import shown_pictures
from backpaint.color.histogram import match_histogram
from backpaint.color.linear import color_map
from backpaint.color.luma import match_luma
from backpaint.problem.gray import gray_picture
from backpaint.problem.recipe import Color

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
