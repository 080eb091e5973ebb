"""What a painting tells of itself, and the command that makes it again."""

import json
import shlex

import numpy as np
import pytest
from msgspec import to_builtins
from PIL import Image

from backpaint.cli.shared.chosen import parse_changes
from backpaint.cli.shared.repeat import changed_keys, command
from backpaint.presets import load_preset, preset_names, with_changes

QUICK = ("--iterations", 2, "--size", 40)
RUNS = {
    "plain": ("paint", "cat.png", "swirls.png"),
    "changed": (
        "paint", "cat.png", "swirls.png", "--preset", "tf-tutorial", "--set", "total_variation=off",
        "--set", "style.divisor=4 C^2", "--style-weight", 0.5, "--engine", "reference",
    ),
    "another method": (
        "paint", "cat.png", "swirls.png", "--set", "optimizer.method=adam",
        "--set", "optimizer.rate=.5",
    ),
    "a rate that the preset has for another method": (
        "paint", "cat.png", "swirls.png", "--preset", "neural-style-pt",
        "--set", "optimizer.method=adam", "--set", "optimizer.rate=1",
    ),
    "several styles, noise": (
        "paint", "cat.png", "swirls.png", "mosaic.png", "--style-shares", "3,1", "--seed", 4,
        "--init", "noise", "--color", "keep", "--weights", "vgg16", "--exact", "--threads", 1,
    ),
    "matched in another way, and kept": (
        "paint", "cat.png", "swirls.png", "--color", "keep", "--set", "color.style=histogram",
    ),
    "luma, layers and scales of each style": (
        "paint", "cat.png", "swirls.png", "mosaic.png", "--color", "luma", "--style-scale", "2,1.5",
        "--style-layers", "relu1_1:0.3,relu2_1/relu3_1", "--content-layers", "relu2_2:0.1",
    ),
    "from a picture": ("paint", "cat.png", "swirls.png", "--init", "mosaic.png"),
    "texture": ("texture", "swirls.png", "--seed", 2),
    "reconstruction": ("reconstruct", "cat.png", "--layer", "relu2_1", "--layer", "relu3_1"),
}  # fmt: skip


def runs():
    """List the runs; two of them stand for the others by default."""
    for name, arguments in RUNS.items():
        quick = name in ("changed", "luma, layers and scales of each style")
        marks = [] if quick else [pytest.mark.slow]
        yield pytest.param(arguments, id=name, marks=marks)


@pytest.mark.parametrize("arguments", list(runs()))
def test_the_command_that_is_shown_makes_the_same_picture(
    arguments, backpaint, pictures, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = backpaint(*arguments, "-o", "first one.png", *QUICK)
    assert done.code == 0, done.err
    program, *words = shlex.split(backpaint("show", "first one.png").out.splitlines()[-1])
    assert program == "backpaint"
    done = backpaint(*words)
    assert done.code == 0, done.err
    with Image.open("first one.png") as first, Image.open("again.png") as again:
        assert np.array_equal(np.array(first), np.array(again))


@pytest.mark.parametrize("method", ["l-bfgs-b", "l-bfgs", "adam", "gradient-descent"])
@pytest.mark.parametrize("name", preset_names())
def test_what_is_told_of_another_method_makes_the_same_recipe(name, method):
    preset = load_preset(name)
    rate = {} if method == "l-bfgs-b" else {"optimizer.rate": 1.0}
    made = with_changes(preset, {"optimizer.method": method} | rate)
    told = changed_keys(to_builtins(made))
    changes = parse_changes(tuple(f"{key}={value}" for key, value in told.items()))
    assert with_changes(preset, changes) == made


def test_a_picture_of_before_a_key_says_nothing_of_it():
    made = to_builtins(load_preset("gatys"))
    del made["color"], made["images"]["style_upscale"]
    assert changed_keys(made) == {}


def test_no_name_is_taken_for_an_option(backpaint, pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in pictures:
        pictures[name].rename(f"-{name}.png")
    files = ("./-cat.png", "./-swirls.png", "--init", "./-mosaic.png")
    assert backpaint("paint", *files, "-o", "o.png", *QUICK).code == 0
    _, *words = shlex.split(backpaint("show", "o.png").out.splitlines()[-1])
    done = backpaint(*words)
    assert done.code == 0, done.err
    with Image.open("o.png") as first, Image.open("again.png") as again:
        assert np.array_equal(np.array(first), np.array(again))


def test_where_the_optimizer_ran_is_told_where_there_was_a_choice(pictures):
    from backpaint import paint

    small = {"size": 40, "iterations": 1, "engine": "cpu"}
    made = paint(pictures["cat"], pictures["swirls"], optimizer_on="host", **small).metadata
    assert made["optimizer_on"] == "host"
    assert "--optimizer-on" not in command(made)  # the engine cpu refuses it
    on_gpu = command(made | {"engine": "gpu", "engine_options": {}})
    assert on_gpu.endswith("--engine gpu --optimizer-on host")
    assert "--optimizer-on" not in command(made | {"engine": "gpu", "optimizer_on": "auto"})


def test_names_are_quoted_for_a_shell(backpaint, pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures["cat"].rename("my cat's.png")
    assert backpaint("paint", "my cat's.png", "swirls.png", "-o", "o.png", *QUICK).code == 0
    line = backpaint("show", "o.png").out.splitlines()[-1]
    assert shlex.split(line)[2] == "my cat's.png"


def test_weights_by_name_are_a_change_of_the_recipe(backpaint, pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ("paint", "cat.png", "swirls.png", "-o", "o.png", "--weights", "vgg16", *QUICK)
    assert backpaint(*arguments).code == 0
    assert "  weights = vgg16" in backpaint("show", "o.png").out
    assert json.loads(backpaint("show", "--json", "o.png").out)["recipe"]["weights"] == "vgg16"


def test_a_picture_named_as_a_kind_of_start_is_told_from_it(
    backpaint, pictures, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    pictures["mosaic"].rename("fast")
    done = backpaint("paint", "cat.png", "swirls.png", "-o", "a.png", *QUICK, "--init", "./fast")
    assert done.code == 0, done.err
    shown = backpaint("show", "a.png").out
    assert "initial         ./fast\n" in shown
    assert "--init ./fast" in shown.splitlines()[-1]


def test_a_run_that_began_at_a_checkpoints_picture_names_no_command(
    backpaint, pictures, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    kept = ("-o", "a.png", "--checkpoint", "a.backpaint", "--engine", "cpu")
    assert backpaint("paint", "cat.png", "swirls.png", *kept, *QUICK).code == 0
    anew = ("--iterations", 3, "--engine", "reference", "--not-identical", "-o", "b.png")
    assert backpaint("resume", "a.backpaint", *anew).code == 0
    shown = backpaint("show", "b.png").out
    assert shown.endswith("not to be repeated:\n  it began at the picture of a checkpoint, which "
                          "no command names\n")  # fmt: skip
    assert "--init" not in shown
