import numpy as np

from backpaint.video.flow.guide import Guide, Wanted
from backpaint.video.flow.revealed import revealed_start

SKY, GRASS = (90.0, 120.0, 200.0), (60.0, 140.0, 50.0)


def guide_of(painted, shown):
    return Guide((Wanted(1, painted, shown),), shown)


def test_what_comes_into_view_begins_as_what_is_like_it_was_painted():
    pixels, painted = np.empty((12, 20, 3)), np.empty((12, 20, 3))
    pixels[:6], pixels[6:] = SKY, GRASS
    painted[:6], painted[6:] = 10.0, 250.0
    shown = np.ones((12, 20), bool)
    shown[:, 16:] = False
    pixels[2, 18] += 7  # what is its own stays so
    painted[2, 18] += 7
    start = revealed_start(pixels, guide_of(np.where(shown[..., np.newaxis], painted, 99), shown))
    np.testing.assert_allclose(start, painted)


def test_where_all_is_shown_nothing_is_changed():
    painted = np.random.default_rng(0).uniform(0, 255, (4, 5, 3))
    start = revealed_start(np.zeros((4, 5, 3)), guide_of(painted, np.ones((4, 5), bool)))
    np.testing.assert_array_equal(start, painted)
