"""`look` and `gradient` as a person uses them."""

import re

import pytest
from click.testing import CliRunner
from PIL import Image

from backpaint.cli import cli
from backpaint.errors import UsageError

pytestmark = pytest.mark.usefixtures("thin_networks")


def invoke(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("look", "{cat}"),
        ("look", "{cat}", "--layer", "relu2_1", "--channels", "3, 5", "--scale", "common"),
        ("look", "--filters", "--layer", "conv1_1", "--weights", "vgg16"),
        ("look", "{cat}", "--filters", "--layer", "relu2_1", "--top", "2"),
        ("look", "{cat}", "{swirls}", "--edges", "highpass", "--size", "20"),
        ("gradient", "{cat}", "{swirls}", "--size", "40", "--at", "{swirls}"),
        ("gradient", "{cat}", "{swirls}", "--size", "40", "--preset", "tf-tutorial"),
    ],
)
def test_a_picture_is_written(arguments, pictures, tmp_path):
    out = tmp_path / "out.png"
    done = invoke(*(text.format(**pictures) for text in arguments), "-o", out)
    assert done.exit_code == 0
    assert done.output.endswith(f"wrote {out}\n")
    with Image.open(out) as image:
        assert min(image.size) > 100
    assert set(tmp_path.iterdir()) == {out, *pictures.values()}


def test_the_numbers_are_printed(pictures, tmp_path):
    out = tmp_path / "out.jpg"
    done = invoke(
        "gradient", pictures["cat"], pictures["swirls"], "-o", out, "--at", "noise", "--size", 40
    )
    rows = [re.split(r"  +", line) for line in done.output.splitlines()]
    assert rows[0] == ["term", "loss", "|gradient|", "share"]
    assert rows[1][0] == "content relu4_2"
    assert rows[-2][0] == "whole gradient"
    assert rows[-2][3] == "100.0 %"
    quiet = invoke("gradient", pictures["cat"], pictures["swirls"], "-o", out, "--size", "40", "-q")
    assert quiet.output == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("look", "{cat}", "-o", "{cat}"), "is an input as well as an output"),
        (("look", "{cat}", "-o", "out.xyz"), "expected an extension"),
        (("look", "{cat}", "-o", "/no/such/folder/a.png"), "create it first"),
        (("look", "nowhere.jpg", "-o", "{out}"), "found no such file"),
        (("gradient", "{cat}", "-o", "{out}", "--at", "nowhere.jpg"), "there is no such file"),
        (("gradient", "{cat}", "{swirls}", "-o", "{out}", "--preset", "monet"), "no preset"),
        (("gradient", "{cat}", "{swirls}", "-o", "{out}", "--size", "8"), "choose a larger size"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(arguments, message, pictures, tmp_path):
    names = pictures | {"out": str(tmp_path / "out.png")}
    with pytest.raises(UsageError, match=message):
        invoke(*(text.format(**names) for text in arguments))
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("look", "-o", "{out}"), "found 0 pictures, expected one IMAGE"),
        (("look", "{cat}", "{swirls}", "-o", "{out}"), "found 2 pictures"),
        (("look", "-o", "{out}", "--edges", "sobel"), "needs a picture"),
        (("look", "{cat}", "-o", "{out}", "--edges", "sobel", "--top", "3"), "leave out"),
        (("look", "{cat}", "-o", "{out}", "--channels", "a"), "such as 3,17,200"),
        (("gradient", "{cat}", "-o", "{out}", "--style-weight", "3"), "there is no style here"),
    ],
)
def test_wrong_use_exits_with_2(arguments, message, pictures, tmp_path):
    names = pictures | {"out": str(tmp_path / "out.png")}
    done = invoke(*(text.format(**names) for text in arguments))
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())


def test_the_gradient_at_another_presets_painting_says_so(pictures, tmp_path):
    """A photograph, which names none, is looked at without a word."""
    painting, out = tmp_path / "painting.png", tmp_path / "out.png"
    both = pictures["cat"], pictures["swirls"]
    small = ("--size", "32", "--preset", "tf-tutorial")
    painted = invoke("paint", *both, "-o", painting, *small, "--iterations", "1")
    assert painted.exit_code == 0
    note = f"note: {painting} was painted by the preset tf-tutorial, these gradients are gatys's"
    for at, preset, is_said in [
        (painting, "gatys", True),
        (painting, "tf-tutorial", False),
        (pictures["mosaic"], "gatys", False),
    ]:
        done = invoke("gradient", *both, "-o", out, *small[:2], "--preset", preset, "--at", at)
        assert done.exit_code == 0
        assert (note in done.output) == is_said
        assert ("note:" in done.output.replace("note: replacing", "")) == is_said
