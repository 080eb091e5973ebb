"""A descent that starts at a painting in one pass."""

import pytest

import backpaint
from backpaint.errors import UsageError
from backpaint.examples import example_path

CAT, SWIRLS = example_path("cat"), example_path("swirls")


def test_it_begins_lower_than_at_the_content_and_goes_down():
    given = {"size": 64, "iterations": 1, "engine": "cpu"}
    fast = backpaint.paint(CAT, SWIRLS, init="fast", **given)
    content = backpaint.paint(CAT, SWIRLS, init="content", **given)
    assert fast.settings["initial"] == "fast"
    assert fast.history[0].loss < 0.75 * content.history[0].loss
    assert fast.loss < fast.history[0].loss


@pytest.mark.parametrize(
    ("content", "style", "missing"), [(CAT, None, "style"), (None, SWIRLS, "content")]
)
def test_without_both_pictures_it_is_refused(content, style, missing):
    with pytest.raises(UsageError, match=f"init is 'fast', but there is no {missing}"):
        backpaint.paint(content, style, size=32, init="fast", engine="cpu")
