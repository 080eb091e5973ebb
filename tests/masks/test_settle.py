"""Given masks: which style counts where, and what is refused."""

import hashlib

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.masks import Masks, as_masks, described, settle

LEFT = np.repeat([[1.0, 1.0, 0.0, 0.0]], 4, axis=0)


def regions_of(masks, shares=(0.5, 0.5)):
    settled = settle(as_masks(masks), shares)
    sizes = [((4, 4), (4, 4))] * len(settled.of_style)
    return settled, settled.regions((4, 4), (4, 4), sizes)


def test_a_missing_last_mask_is_what_the_others_leave():
    settled, regions = regions_of([LEFT / 2])
    np.testing.assert_array_equal(regions.painted[1], 1 - LEFT / 2)
    assert settled.names.painted == ("array", "rest")


def test_none_is_everywhere():
    _, regions = regions_of(Masks([None, LEFT], styles=[LEFT, None]))
    assert regions.painted[0] is None
    assert regions.shown[1] is None


def test_no_masks_are_no_regions():
    settled, regions = regions_of(None)
    assert regions is None
    assert settled.names is None
    assert settled.shares == (0.5, 0.5)


def map_of(*columns):
    """Draw a map of stripes, 4 pixels each."""
    return np.repeat(np.tile(np.array(columns, np.uint8), (8, 1, 1)), 4, axis=1)


RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_each_color_takes_the_styles_that_have_it():
    masks = Masks(color_map=map_of(RED, BLUE), style_maps=[map_of(RED, RED), map_of(BLUE, RED)])
    settled, regions = regions_of(masks, (0.75, 0.25))
    counts = dict.fromkeys((0, 1), 0)
    for style in settled.of_style:
        counts[style] += 1
    assert counts == {0: 1, 1: 2}
    of_red = [i for i, name in enumerate(settled.names.painted) if name.endswith("#ff0000")]
    assert [settled.of_style[i] for i in of_red] == [0, 1]
    assert [settled.shares[i] for i in of_red] == [0.75, 0.25]
    assert regions.painted[of_red[0]] is regions.painted[of_red[1]]  # one Gram matrix for both
    assert sum(settled.shares) == pytest.approx(2)


def test_a_region_without_a_style_is_refused_by_its_color():
    masks = Masks(color_map=map_of(RED, BLUE), style_maps=[map_of(RED)])
    with pytest.raises(UsageError, match="no style's map has the color #0000ff"):
        settle(masks, (1.0,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: settle(Masks([LEFT]), (0.2, 0.3, 0.5)), "3 styles came with 1 masks"),
        (lambda: settle(Masks(styles=[LEFT]), (0.5, 0.5)), "2 styles came with 1 style masks"),
        (lambda: Masks("sky.png"), "expected a list, with a mask for each style"),
        (lambda: Masks(color_map="map.png"), "needs a map for each style"),
        (lambda: Masks(color_map="map.png", style_maps=["a.png", None]), "one has none"),
        (lambda: Masks([LEFT], color_map="a.png", style_maps=["b.png"]), "give one of the two"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_a_description_has_hashes_of_the_values():
    settled, regions = regions_of(Masks([LEFT], keep=LEFT))
    told = described(regions, settled.names)
    assert told["sha256"]["keep"] == hashlib.sha256(LEFT.astype("<f8").tobytes()).hexdigest()
    assert told["sha256"]["painted"][0] == told["sha256"]["keep"]
    assert [*told["painted"]] == ["array", "rest"]
