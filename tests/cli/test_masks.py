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
    assert "in the style of swirls.png (" in done.out
    assert ") in left.png, mosaic.png (" in done.out
    assert ") in the rest\n" in done.out
    assert len(made["masks"]["sha256"]["keep"]) == 64
    shown = backpaint("show", "out.png").out.splitlines()
    assert "masks           swirls.png in left.png, mosaic.png in rest" in shown
    assert "keep            left.png" in shown
    np.testing.assert_array_equal(*again(backpaint))


def test_a_map_gives_what_masks_give(paint, backpaint):
    by_mask, _ = paint("--mask", "left.png")
    masked = read_image("out.png").pixels
    done, made = paint("--map", "map.png", "--style-map", "swirls_map.png,mosaic_map.png")
    assert (by_mask.code, done.code) == (0, 0), done.err
    assert made["masks"]["color_map"] == "map.png"
    rows = dict(line.split(None, 1) for line in backpaint("show", "out.png").out.splitlines()[:8])
    assert rows["styles"] == "swirls.png, mosaic.png"
    assert rows["map"] == "map.png, of the styles swirls_map.png, mosaic_map.png"
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


def test_cells_of_a_sheet_are_painted_with_the_masks(paint, backpaint):
    paint("--mask", "left.png")
    wanted = read_image("out.png").pixels
    done = backpaint(
        "sheet", "cat.png", *BOTH, "-o", "sheet.png", "--mask", "left.png", *QUICK,
        "--columns", "style.weight=1e4,1e3",
    )  # fmt: skip
    assert done.code == 0, done.err
    sheet, (height, width) = read_image("sheet.png").pixels, wanted.shape[:2]
    corners = np.argwhere((sheet == wanted[0, 0]).all(axis=2))
    assert any(np.array_equal(sheet[y : y + height, x : x + width], wanted) for y, x in corners)
    cells = json.loads(backpaint("show", "--json", "sheet.png").out)["cells"]
    assert [cell["masks"]["painted"] for cell in cells] == [["left.png", "rest"]] * 2


def test_a_texture_is_drawn_by_a_map(paint, backpaint):
    del paint  # its files are wanted
    rows, columns = read_image("swirls.png").pixels.shape[:2]
    layout = np.full((rows, columns, 3), (255, 0, 0), np.uint8)
    layout[: rows // 2] = (0, 0, 255)
    Image.fromarray(layout).save("layout.png")
    maps = ("--map", "layout.png", "--style-map", "swirls_map.png,mosaic_map.png")
    done = backpaint("texture", *BOTH, "-o", "out.png", *QUICK, *maps)
    assert done.code == 0, done.err
    np.testing.assert_array_equal(*again(backpaint))


def test_a_reconstruction_keeps_to_a_mask(paint, backpaint):
    del paint
    layer = ("--layer", "relu1_1", "--iterations", 2, "--size", 32)
    done = backpaint("reconstruct", "cat.png", "-o", "out.png", *layer, "--only", "left.png")
    assert done.code == 0, done.err
    height, width = read_image("out.png").pixels.shape[:2]
    content = np.rint(resize(read_image("cat.png").pixels, height, width).clip(0, 255))
    same = (read_image("out.png").pixels == content).all(axis=(0, 2))
    assert same[width // 2 + 1 :].all()
    assert not same[: width // 2 - 1].any()


@pytest.mark.parametrize("flag", ["--mask", "--style-mask", "--map", "--style-map", "--keep"])
def test_a_batch_has_no_masks(flag, paint, backpaint):
    done = backpaint("batch", "cat.png", "swirls.png", "-o", "paintings", flag, "left.png")
    assert done.code == 2
    assert done.err.startswith(f"backpaint: {flag}: a mask belongs to one photograph or style")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("flag", ["--keep", "--only"])
def test_a_texture_has_nothing_to_keep(flag, paint, backpaint):
    done = backpaint("texture", "swirls.png", "-o", "out.png", flag, "left.png")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"backpaint: {flag}: a texture has no photograph that could stay; leave it out\n"
    )


def test_a_style_is_written_in_the_colors_of_each_of_its_regions(paint):
    """The map has two colors, and the one style has both: each half takes its part's colors."""
    rows, columns = read_image("swirls.png").pixels.shape[:2]
    both = Image.new("RGB", (columns, rows), "red")
    both.paste("blue", (columns // 2, 0, columns, rows))
    both.save("both_map.png")
    done, made = paint(
        "--map", "map.png", "--style-map", "both_map.png", "--color", "match",
        "--save-style", "shown.png", styles=("swirls.png",),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert made["masks"]["of_style"] == [0, 0]
    (line,) = [one for one in done.out.splitlines() if one.startswith("painting cat.png")]
    assert line.count("swirls.png") == 1  # in both of its regions
    assert {"#ff0000", "#0000ff"} <= set(line.split())
    height, width = made["size"]
    content = resize(read_image("cat.png").pixels, height, width)
    shown = read_image("shown.png").pixels
    edge = shown.shape[1] // 2
    for half, part in (
        (np.s_[:, : edge - 1], np.s_[:, : width // 2]),
        (np.s_[:, edge + 1 :], np.s_[:, width // 2 + 1 :]),
    ):
        found, wanted = (
            picture.reshape(-1, 3).mean(axis=0) for picture in (shown[half], content[part])
        )
        np.testing.assert_allclose(found, wanted, atol=8)
