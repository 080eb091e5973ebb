"""Colors, layers and scales on the command line: what reaches the recipe, the files, the errors."""

import json
import shlex

import numpy as np
import pytest

from backpaint.color import keep_color
from backpaint.color.linear import color_map
from backpaint.images import read_image, resize
from backpaint.presets import load_preset, preset_names, recipe
from backpaint.presets.compose import changes_for_color, color_name

QUICK = ("--iterations", 2, "--size", 40)


@pytest.fixture
def paint(backpaint, pictures, tmp_path, monkeypatch):
    """Run `paint` on the cat and the styles, and return how it ended with what it tells."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, styles=("swirls.png",)):
        done = backpaint("paint", "cat.png", *styles, "-o", "out.png", *QUICK, *arguments)
        made = json.loads(backpaint("show", "--json", "out.png").out) if done.code == 0 else {}
        return done, made

    return run


def test_the_style_that_is_shown_has_the_contents_colors(paint):
    done, made = paint("--color", "match", "--save-style", "shown.png")
    assert done.code == 0, done.err
    assert "wrote shown.png, swirls.png as the network is shown it" in done.out
    assert made["recipe"]["color"]["style"] == "transport"
    shown = read_image("shown.png").pixels
    style = resize(read_image("swirls.png").pixels, *shown.shape[:2]).clip(0, 255)
    content = resize(read_image("cat.png").pixels, *made["size"]).clip(0, 255)
    expected = color_map(style, content, "transport")(style).clip(0, 255)
    assert np.abs(shown - expected).max() <= 0.5 + 1e-9


@pytest.mark.usefixtures("whole_networks")
def test_light_and_dark_are_painted_and_the_color_stays(paint):
    done, _ = paint("--color", "luma")
    assert done.code == 0, done.err
    painted = read_image("out.png").pixels
    content = resize(read_image("cat.png").pixels, *painted.shape[:2]).clip(0, 255)
    change = painted - content
    inside = (painted > 0).all(axis=2) & (painted < 255).all(axis=2)
    assert inside.mean() > 0.5
    assert np.ptp(change[inside], axis=-1).max() <= 1  # rounded each by itself
    assert np.abs(change).mean() > 2
    assert np.abs(keep_color(painted, content) - painted).max() <= 1


def test_several_styles_are_numbered_and_none_is_written_over(paint):
    both = ("swirls.png", "mosaic.png")
    options = ("--style-scale", "0.9,1.5", "--style-layers", "relu1_1/relu2_1:0.5,relu1_2:2")
    done, made = paint("--save-style", "seen.png", *options, styles=both)
    assert done.code == 0, done.err
    sizes = [read_image(f"seen-{number}.png").pixels.shape[:2] for number in (1, 2)]
    assert sizes == [(36, 30), (60, 60)]
    assert made["style_scales"] == [0.9, 1.5]
    assert made["style_layers"] == [{"relu1_1": 1.0}, {"relu2_1": 0.5, "relu1_2": 2.0}]
    again, _ = paint("--save-style", "seen.png", "--no-clobber", styles=both)
    assert again.code == 2
    assert "exists, and --no-clobber keeps what exists" in again.err


@pytest.mark.parametrize("tables", ["relu1_1:-0.2,relu2_1:1.0", "relu1_1:-0.2/relu2_1:1.0"])
def test_a_style_layer_below_zero_is_painted_told_and_repeated(tables, paint, backpaint):
    both = ("swirls.png", "mosaic.png")[: 1 + ("/" in tables)]
    done, made = paint("--style-layers", tables, styles=both)
    assert done.code == 0, done.err
    assert made["terms"]["style relu1_1"] < 0
    told = backpaint("show", "out.png").out.splitlines()
    words = shlex.split(told[-1])
    assert backpaint(*words[1:]).code == 0
    again = json.loads(backpaint("show", "--json", words[words.index("-o") + 1]).out)
    assert again["terms"] == made["terms"]


def test_one_table_and_one_scale_are_the_recipes(paint):
    options = ("--style-layers", "relu1_1:0.7,relu2_1,relu3_1", "--style-scale", ".9")
    done, made = paint(*options, "--content-layers", "relu2_2", "--set", "style.layers.relu4_1=3")
    assert done.code == 0, done.err
    expected = {"relu1_1": 0.7, "relu2_1": 0.5, "relu3_1": 0.5, "relu4_1": 3.0}
    assert made["recipe"]["style"]["layers"] == expected
    assert made["recipe"]["content"]["layers"] == {"relu2_2": 1.0}
    assert made["recipe"]["images"]["style_scale"] == 0.9
    assert made["style_layers"] is made["style_scales"] is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--color", "luma", "--set", "color.gain=-1"), "color.gain: found -1, expected a number"),
        (("--style-scale", "x"), "--style-scale: found 'x', expected numbers such as 0.7,0.3"),
        (("--style-scale", "1,2"), "1 style came with 2 scales; give one scale for each style"),
        (("--style-scale", "2", "--preset", "keras-example"), "a size that no scale changes"),
        (("--style-layers", "relu1_1:"), "expected different layers such as relu1_1:0.2,relu2_1"),
        (("--style-layers", "relu1_1,relu1_1"), "expected different layers"),
        (("--style-layers", "relu9_1"), "style.layers: found relu9_1, expected layer names like"),
        (("--style-layers", "relu1_1/relu2_1"), "1 style came with 2 tables of layers"),
        (("--content-layers", "relu1_1/relu2_1"), "expected one table: there is one content"),
        (("--preset", "caffe-content", "--style-layers", "relu1_1"), "has no style term"),
        (("--preset", "caffe-content", "--save-style", "a.png"), "looks at no style"),
        (("--scratch", "cat.png"), "cat.png is no folder; --scratch expects one that is there"),
        (("--save-style", "-"), "--save-style is -; expected a file's name such as shown.png"),
        (("--save-style", "cat.png"), "cat.png is an input as well as an output"),
        (("--save-style", "out.png"), "two outputs have the same name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, sentence, paint):
    done, _ = paint(*arguments)
    assert done.code == 2
    assert sentence in done.err


def test_without_a_content_the_colors_stay_the_styles(backpaint, pictures, tmp_path):
    done = backpaint("texture", pictures["swirls"], "-o", tmp_path / "o.png", *QUICK,
                     "--set", "color.style=root")  # fmt: skip
    assert done.code == 0, done.err
    assert "note: there is no content whose colors could be taken, as backpaint would" in done.out


@pytest.mark.parametrize("word", ["style", "keep", "match", "luma"])
def test_a_word_for_colors_stands_for_keys_whatever_the_recipe_had(word):
    for before in ({"color.keep": True, "color.style": "root"}, {"color.luma": True}, {}):
        made = recipe(recipe("gatys", changes=before), color=word)
        assert color_name(made) == word
        assert made == recipe(made, color=word)
    assert recipe("gatys", color="match", changes={"color.style": "root"}).color.style == "root"


def test_every_preset_but_one_has_the_styles_colors():
    others = {name for name in preset_names() if color_name(load_preset(name)) != "style"}
    assert others == {"gatys-2017"}
    assert color_name(load_preset("gatys-2017")) == "match"
    assert changes_for_color(load_preset("gatys"), "keep")["color.keep"]


CONTRADICTIONS = {
    ("--color", "luma", "--set", "color.style=root"): "color is 'luma', which stands for",
    ("--color", "keep", "--set", "color.luma=true"): "color.luma is set to true; leave one",
    ("--color", "match", "--set", "color.style=as-is"): "color.style is set to as-is",
    ("--style-scale", "2", "--set", "images.style_scale=1"): "--style-scale and images.style_sc",
    ("--style-layers", "relu1_1:1", "--set", "style.layers.relu1_1=2"): "style.layers.relu1_1 set",
    ("--style-layers", "relu1_1", "--set", "style=off"): "--style-layers and style set the same",
    ("--content-layers", "relu1_1:1", "--set", "content.layers={relu2_1=1}"): "--content-layers an",
    ("--style-layers", "relu1_1:inf"): "relu1_1",
    ("--style-layers", "relu1_1:inf/relu2_1"): "expected finite weights",
    ("--content-layers", "relu1_1:-1"): "relu1_1",
}


@pytest.mark.parametrize(("options", "sentence"), CONTRADICTIONS.items())
def test_what_contradicts_itself_is_refused(options, sentence, backpaint, pictures, tmp_path):
    refused = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png", *options
    )
    assert refused.code == 2
    assert sentence in refused.err
    assert refused.err.count("\n") == 1


def test_a_side_of_a_sheet_is_not_hidden_by_an_option(backpaint, pictures, tmp_path):
    sheet = ("sheet", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png", "--size", 32)
    for options in (
        ("--color", "luma", "--columns", "color.style=root,transport"),
        ("--style-scale", "1", "--rows", "images.style_scale=1,2"),
    ):
        refused = backpaint(*sheet, *options)
        assert refused.code == 2, refused.out
        assert "leave one of the two out" in refused.err


def test_what_says_the_same_twice_or_goes_together_is_allowed():
    from backpaint import recipe

    assert recipe("gatys", color="luma", changes={"color.luma": True}).color.luma
    assert recipe("gatys", color="keep", changes={"color.style": "root"}).color.style == "root"
    assert recipe("gatys", color="match", changes={"color.style": "root"}).color.style == "root"
