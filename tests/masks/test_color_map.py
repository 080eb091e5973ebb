"""Regions by color: found, told from a photograph, and found again in the maps of styles."""

import itertools
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.examples import example_path
from backpaint.images import Photograph, photograph_of, read_image
from backpaint.masks import ColorMap, Masks, colors, settle

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def disk(inner, outer, size=60, smooth=True):
    """Draw a disk, with a smooth border if wanted, as painting programs do."""
    scale = 4 if smooth else 1
    at = np.arange(size * scale) - size * scale / 2 + 0.5
    inside = at[:, np.newaxis] ** 2 + at**2 < (size * scale / 3) ** 2
    picture = Image.fromarray(np.where(inside[..., np.newaxis], inner, outer).astype(np.uint8))
    return picture.resize((size, size), Image.Resampling.BOX)


def as_photograph(picture, name="map.png"):
    return Photograph(photograph_of(picture).pixels, None, name)


def test_smooth_borders_make_no_region_and_belong_to_the_nearest():
    found = ColorMap.of(as_photograph(disk(RED, BLUE)))
    assert set(found.colors) == {RED, BLUE}
    hard = ColorMap.of(as_photograph(disk(RED, BLUE, smooth=False)))
    red, also_red = (one.region(one.colors.index(RED)).values for one in (found, hard))
    assert np.mean(red != also_red) < 0.03
    assert red.sum() == pytest.approx(np.pi * 20**2, rel=0.02)


def test_purple_between_red_and_blue_is_no_thin_line_of_a_purple_region():
    both = np.concatenate([np.asarray(disk(RED, BLUE)), np.full((60, 20, 3), (128, 0, 128))], 1)
    found = ColorMap.of(as_photograph(Image.fromarray(both.astype(np.uint8))))
    assert len(found.colors) == 3
    style = found.of_style(as_photograph(disk(RED, BLUE)))
    assert [style.has(i) for i, color in enumerate(found.colors)] == [
        color != (128, 0, 128) for color in found.colors
    ]


def test_a_jpeg_map_has_the_same_regions(tmp_path):
    disk(RED, WHITE).save(tmp_path / "map.jpg", quality=90)
    found = ColorMap.of(read_image(tmp_path / "map.jpg"))
    assert len(found.colors) == 2
    red = np.argmin([np.linalg.norm(np.subtract(color, RED)) for color in found.colors])
    assert found.region(red).values.sum() == pytest.approx(np.pi * 20**2, rel=0.05)


@pytest.mark.parametrize("name", ["cat", "astronaut", "mosaic"])
def test_photographs_are_no_maps(name):
    with pytest.raises(UsageError, match=f"{name}.jpg is a photograph, not a map"):
        ColorMap.of(read_image(example_path(name)))


def test_a_style_map_without_any_of_the_colors_is_refused():
    found = ColorMap.of(as_photograph(disk(RED, BLUE)))
    with pytest.raises(UsageError, match=r"style\.png has none of the colors of map\.png, #"):
        found.of_style(as_photograph(Image.new("RGB", (9, 9), "white"), "style.png"))


def sixteen_columns(side):
    """Draw sixteen colors side by side, and one pixel that is of none of them."""
    levels = np.array([*itertools.product((0, 85, 170, 255), (0, 255), (0, 255))], np.float64)
    pixels = np.repeat(levels[np.newaxis], side, axis=0).repeat(side // 16, axis=1)
    pixels[side // 2, side // 2] = 128
    return Photograph(pixels, None, "map.png")


def test_maps_of_sixteen_colors_take_little_memory_beside_their_pictures(monkeypatch):
    picture = sixteen_columns(320)
    monkeypatch.setattr(colors, "PART", 4096)
    tracemalloc.start()
    settled = settle(Masks(color_map=picture, style_maps=[picture]), (1.0,))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(settled.painted) == 16
    assert peak < 24 * 320 * 320  # bytes; a picture has 24 a pixel, and 32 masks would have 256


@pytest.mark.parametrize("turn", [0, 1])
def test_a_map_has_the_same_regions_in_however_many_parts_it_is_looked_at(monkeypatch, turn):
    pixels = np.rot90(sixteen_columns(48).pixels[:7], turn)
    whole = ColorMap.of(Photograph(pixels, None, "map.png"))
    monkeypatch.setattr(colors, "PART", 5)
    found = ColorMap.of(Photograph(pixels, None, "map.png"))
    assert found.colors == whole.colors
    np.testing.assert_array_equal(found.labels, whole.labels)
