"""Masks on the command line: what reaches the run, what is told of it, what is refused."""

import json
import shlex

import numpy as np
import pytest
from PIL import Image

from backpaint.images import read_image, resize

QUICK = ("--iterations", 1, "--size", 32, "--engine", "cpu", "--style-layers", "relu1_1,relu2_1")
BOTH = ("swirls.png", "mosaic.png")


@pytest.fixture
def paint(backpaint, pictures, tmp_path, monkeypatch):
    """Run `paint` on the cat beside masks of its size; return how it ended, with its settings."""
    monkeypatch.chdir(tmp_path)
    height, width = read_image("cat.png").pixels.shape[:2]
    left = np.zeros((height, width), np.uint8)
    left[:, : width // 2] = 255
    Image.fromarray(left).save("left.png")
    colors = np.where(left[..., None] > 0, (255, 0, 0), (0, 0, 255)).astype(np.uint8)
    Image.fromarray(colors).save("map.png")
    for name, color in (("swirls", "red"), ("mosaic", "blue")):
        rows, columns = read_image(f"{name}.png").pixels.shape[:2]
        Image.new("RGB", (columns, rows), color).save(f"{name}_map.png")

    def run(*arguments, styles=BOTH):
        done = backpaint("paint", "cat.png", *styles, "-o", "out.png", *QUICK, *arguments)
        made = json.loads(backpaint("show", "--json", "out.png").out) if done.code == 0 else {}
        return done, made

    return run


def again(backpaint):
    """Run the command with which `show` ends, and return both pictures."""
    words = shlex.split(backpaint("show", "out.png").out.splitlines()[-1])
    assert backpaint(*words[1:]).code == 0
    return read_image("out.png").pixels, read_image("again.png").pixels


def test_a_mask_and_its_rest_are_told_and_repeated(paint, backpaint):
    done, made = paint("--mask", "left.png", "--style-mask=-,-", "--keep", "left.png")
    assert done.code == 0, done.err
    assert made["masks"]["painted"] == ["left.png", "rest"]
    assert len(made["masks"]["sha256"]["keep"]) == 64
    np.testing.assert_array_equal(*again(backpaint))


def test_a_map_gives_what_masks_give(paint, backpaint):
    by_mask, _ = paint("--mask", "left.png")
    masked = read_image("out.png").pixels
    done, made = paint("--map", "map.png", "--style-map", "swirls_map.png,mosaic_map.png")
    assert (by_mask.code, done.code) == (0, 0), done.err
    assert made["masks"]["color_map"] == "map.png"
    assert np.abs(read_image("out.png").pixels - masked).max() <= 1
    np.testing.assert_array_equal(*again(backpaint))


def test_only_a_part_is_painted(paint):
    done, made = paint("--only", "left.png", styles=("swirls.png",))
    assert done.code == 0, done.err
    painted, size = read_image("out.png").pixels, made["size"]
    content = resize(read_image("cat.png").pixels, *size).clip(0, 255)
    right = size[1] // 2 + 1
    np.testing.assert_array_equal(painted[:, right:], np.rint(content[:, right:]))
    assert np.abs(painted - content)[:, : right - 2].mean() > 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mask", "left.png,"), "--mask: found 'left.png,', expected files such as"),
        (("--mask", "left.png,left.png,left.png"), "2 styles came with 3 masks"),
        (("--mask", "cat_wide.png"), "another aspect ratio"),
        (("--map", "map.png"), "a map of colors needs a map for each style"),
        (("--mask", "black.png"), "the region of style 1 is empty at all of its layers"),
        (("--only", "black.png"), "(--only) is black everywhere, so that nothing would be"),
        (("--keep", "black.png"), "(--keep) leaves nothing at any of its layers (relu4_2)"),
        (("--mask", "out.png"), "out.png is an input as well as an output"),
        (("--map", "map.png", "--style-map", "swirls_map.png,swirls_map.png"), "#0000ff"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(paint, arguments, message):
    Image.new("L", (90, 20), 255).save("cat_wide.png")
    Image.new("L", (9, 9)).save("out.png")
    height, width = read_image("cat.png").pixels.shape[:2]
    Image.new("L", (width, height)).save("black.png")
    done, _ = paint(*arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_the_regions_of_a_map_are_listed(paint, backpaint):
    done = backpaint("mask", "map.png", "--size", 32, "--propagate", "inside")
    lines = done.out.splitlines()
    assert {line.split()[0] for line in lines} == {"#ff0000", "#0000ff"}
    assert all("empty at " in line and line.endswith("relu5_1") for line in lines)
    assert "at all layers" in backpaint("mask", "left.png", "--gray").out
    assert "is a photograph, not a map" in backpaint("mask", "cat.png").err
