"""From pictures and a recipe to a problem: sizes, shares, dropped terms, and what is said of it."""

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.images import Photograph
from backpaint.painting.per_style import scaled_shares
from backpaint.painting.pictures import photograph
from backpaint.painting.prepare import prepare, stretch_note
from backpaint.presets import load_preset, with_changes
from backpaint.weights import load_weights

from ..problems import pixels


def prepared(subject, styles, shares=None, preset="gatys", **changes):
    recipe = with_changes(load_preset(preset), changes)
    return prepare(recipe, load_weights(recipe.weights), subject, styles, shares)


def test_pictures_are_resized_as_the_recipe_says():
    content, styles = pixels(40, 60, 0), [pixels(50, 30, 1), pixels(30, 30, 2)]
    done = prepared(content, styles, (1, 3), **{"images.size": 30, "images.style_scale": 2.0})
    assert done.problem.shape == done.problem.content.shape[:2] == (20, 30)
    assert [style.shape for style in done.problem.styles] == [(60, 36, 3), (60, 60, 3)]
    assert done.problem.style_shares == (0.25, 0.75)
    assert [picture.pixels.shape for picture in done.styles] == [(50, 30, 3), (30, 30, 3)]
    np.testing.assert_array_equal(done.content.pixels, content)
    assert done.notes == ()


def test_terms_without_a_picture_are_dropped():
    texture = prepared(None, [pixels(24, 33, 0)], **{"images.size": None})
    assert texture.problem.recipe.content is texture.problem.content is texture.content is None
    assert texture.problem.shape == (24, 33)  # the style's
    features = prepared(pixels(24, 33, 0), [], **{"images.size": None})
    assert features.problem.recipe.style is None
    assert features.problem.styles == features.problem.style_shares == ()


def test_pictures_that_the_recipe_does_not_look_at_are_named():
    named = {name: Photograph(pixels(33, 24, 0), None, name) for name in ("cat", "swirls")}
    done = prepared(named["cat"], [named["swirls"]], preset="caffe-content")
    assert done.notes == ("swirls is not looked at: caffe-content has no style term",)
    assert done.styles == done.problem.styles == ()
    sizes = prepared(named["cat"], [named["swirls"]], content=None)
    assert sizes.notes == ("cat gives only the size: gatys has no content term",)
    turned = Photograph(pixels(33, 24, 0), None, "cat", notes=("it was turned",))
    assert prepared(turned, [named["swirls"]]).notes == ("cat: it was turned",)


@pytest.mark.parametrize(
    ("content", "styles", "options", "sentence"),
    [
        (None, [], {}, "neither a content nor a style; give at least one"),
        (None, [(20, 20)], {"preset": "caffe-content"}, "caffe-content has no term for the pict"),
        ((20, 20), [(1, 20)], {"images.size": 10**5}, "more than 100 million; choose a smaller"),
        ((20, 20), [(20, 20)], {"shares": (1, 2)}, "1 style came with 2 shares; give one share"),
        ((8, 8), [(20, 20)], {"images.size": 8}, "leaves nothing for pool4"),
        (
            (36, 48),
            [(32, 32)],
            {"images.size": 48, "laplacian": {"weight": 1.0, "pools": [4, 13]}},
            r"a painting of 48 x 36 pixels has no edges in squares of 13 pixels "
            r"\(laplacian.pools\), which need at least 39 x 39",
        ),
    ],
)
def test_what_cannot_be_prepared_is_refused(content, styles, options, sentence):
    content = content and pixels(*content, 0)
    with pytest.raises(UsageError, match=sentence):
        prepared(content, [pixels(*style, 1) for style in styles], **options)


def test_shares_add_up_to_1():
    assert scaled_shares(None, 4) == (0.25,) * 4
    assert scaled_shares(None, 0) == ()
    assert scaled_shares((3, 0, 1), 3) == (0.75, 0.0, 0.25)
    for wrong in ((0, 0), (-1, 2), (np.nan, 1), (np.inf, 1)):
        with pytest.raises(
            UsageError, match=r"expected (finite numbers >= 0|at least one above 0)"
        ):
            scaled_shares(wrong, 2)


def test_a_picture_is_read_taken_or_refused(pictures):
    given = Photograph(pixels(4, 5, 0), None, "x")
    assert photograph(given) is given
    assert photograph(str(pictures["cat"])).pixels.shape == (35, 42, 3)
    assert photograph([[[0, 128, 255]]]).pixels.dtype == np.float64
    for wrong, sentence in (({"a": 1}, "of type dict"), (np.zeros((0, 4, 3)), "shape \\(0, 4, 3")):
        with pytest.raises(UsageError, match=sentence):
            photograph(wrong)


def test_a_stretched_picture_is_named_but_for_the_rounding_of_a_side():
    picture = Photograph(pixels(20, 30, 0), None, "cat")
    assert stretch_note(picture, (40, 60)) == stretch_note(picture, (33, 50)) == ""
    assert stretch_note(picture, (30, 30)) == (
        "cat (30 x 20) is stretched to the painted size, 30 x 30"
    )
