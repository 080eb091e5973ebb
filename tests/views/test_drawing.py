"""Colors, sheets and edges."""

import numpy as np
import pytest
from scipy import ndimage

from backpaint.views.colors import HEAT, SIGNED, TO_LAB, TO_LMS, colored, saturation
from backpaint.views.edges import look_at_edges
from backpaint.views.letters import shortened
from backpaint.views.sheet import Legend, Tile, draw_sheet


def lightness(srgb):
    """OKLab's L of (n, 3) bytes."""
    part = srgb / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return (np.cbrt(linear @ TO_LMS.T) @ TO_LAB.T)[:, 0]


def test_more_heat_is_lighter():
    steps = np.diff(lightness(HEAT))
    assert steps.min() > -0.002  # rounding to bytes
    assert lightness(HEAT)[[0, -1]] == pytest.approx([0.13, 0.96], abs=0.03)


def test_both_signs_are_as_light_as_each_other_and_zero_is_dark():
    light = lightness(SIGNED)
    assert light.argmin() in (127, 128)
    assert np.abs(light - light[::-1]).max() < 0.06
    blue, orange = SIGNED[60].astype(int), SIGNED[195].astype(int)
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]


def test_numbers_get_their_colors():
    values = np.array([[-2.0, 0.0, 1.0, 9.0]])
    np.testing.assert_array_equal(colored(values, 2.0, HEAT)[0], HEAT[[0, 0, 128, 255]])
    np.testing.assert_array_equal(colored(values, 2.0, SIGNED)[0], SIGNED[[0, 128, 191, 255]])
    np.testing.assert_array_equal(colored(values, 0.0, HEAT)[0], HEAT[[0] * 4])


def test_a_few_large_values_do_not_darken_the_rest():
    values = np.ones(1000)
    values[0] = 1e6
    assert saturation(values) == 1
    assert saturation(np.array([0.0] * 999 + [3.0])) == 3
    assert saturation(np.zeros(4)) == 0


def test_tiles_lie_in_order_and_keep_their_pixels():
    colors = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250)]
    tiles = [Tile(np.full((20, 30, 3), color, np.uint8), "tile") for color in colors]
    sheet = draw_sheet("Title", "subtitle", tiles, width=60, columns=3)
    places = []
    for color in colors:
        rows, columns = np.nonzero((sheet == color).all(axis=2))
        assert np.ptp(rows) == 39
        assert np.ptp(columns) == 59
        assert len(rows) == 40 * 60  # nothing is drawn over it
        places.append((rows[0], columns[0]))
    assert places == sorted(places)
    assert len({row for row, _ in places}) == 2


def test_pictures_of_unlike_heights_share_a_row():
    flat, tall = (np.full((height, 50, 3), 200, np.uint8) for height in (10, 90))
    both = draw_sheet("t", "s", [Tile(flat, "a"), Tile(tall, "b")], width=50, columns=2)
    alone = draw_sheet("t", "s", [Tile(flat, "a")], width=50, columns=1)
    assert both.shape[0] - alone.shape[0] == 80


def test_a_bar_is_as_long_as_its_part():
    tile = Tile(np.zeros((10, 100, 3), np.uint8), "half", part=0.5)
    sheet = draw_sheet("t", "s", [tile], width=100)
    assert (sheet == (245, 157, 75)).all(axis=2).sum(axis=1).max() == 50


def test_a_legend_shows_all_its_colors():
    tile = Tile(np.zeros((10, 10, 3), np.uint8), "tile")
    sheet = draw_sheet("t", "s", [tile], width=100, legend=Legend(HEAT, ("0", "1")))
    found, wanted = (colors @ np.array([65536, 256, 1]) for colors in (sheet, HEAT))
    assert np.isin(wanted, found).sum() > 200


def test_long_names_are_cut_in_the_middle():
    name = "a-very-long-name-of-a-holiday-picture-from-2019.jpg"
    cut = shortened(name, 150, 15)
    assert "…" in cut
    assert cut.startswith("a-very")
    assert cut.endswith(".jpg")
    assert shortened("cat.jpg", 150, 15) == "cat.jpg"


def test_differences_are_those_of_neighbors(cat):
    edges = look_at_edges(cat)
    np.testing.assert_array_equal(edges.horizontal[0], cat[:, 1:] - cat[:, :-1])
    np.testing.assert_array_equal(edges.vertical[0], cat[1:] - cat[:-1])
    total = np.abs(edges.horizontal[0]).sum() + np.abs(edges.vertical[0]).sum()
    assert edges.variations[0] == pytest.approx(total)


def test_sobel_by_its_table(cat):
    table = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    edges = look_at_edges(cat, "sobel")
    for found, weights in ((edges.horizontal[0], table), (edges.vertical[0], table.T)):
        expected = np.stack(
            [ndimage.correlate(cat[:, :, c], weights, mode="mirror") for c in range(3)], axis=2
        )
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_edges_of_several_pictures_and_of_one_pixel(cat, swirls):
    several = look_at_edges([cat, swirls], size=20)
    assert several.names == ("array", "array")
    assert several.sheet().shape[2] == 3
    for kind in ("highpass", "sobel"):
        assert look_at_edges(np.zeros((1, 1, 3)), kind).horizontal[0].size in (0, 3)
