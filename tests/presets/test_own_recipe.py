"""Recipes of one's own: composed in Python, read from a file, and painted with."""

import numpy as np
import pytest
from PIL import Image

import backpaint as program
from backpaint.engine.initial import initial_variable
from backpaint.errors import UsageError
from backpaint.presets import load_preset, preset_names, preset_text, recipe, with_changes
from backpaint.problem.recipe import LBFGSB

from ..weights.files.networks import first_layers


def written(tmp_path, text, name="mine.toml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_shortcuts_are_changes():
    made = recipe("gatys", size=64, iterations=7, weights="vgg16", changes={"style.weight": 3.0})
    changed = {
        "images.size": 64,
        "optimizer.iterations": 7,
        "weights": "vgg16",
        "style.weight": 3.0,
    }
    assert made == with_changes(load_preset("gatys"), changed)
    assert recipe(made) == made


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_start_from_noise_alone(name):
    preset, made = load_preset(name), recipe(name, init="noise")
    x = initial_variable(made, (20, 24), None, None, seed=0)
    assert x.shape == (20, 24, 3)
    assert x.std() > 0
    assert recipe(made, init="noise") == made
    if isinstance(preset.optimizer, LBFGSB) and made != preset:
        assert made.optimizer.bounds == "pixels"


def test_changes_come_after_the_shortcuts():
    assert recipe(size=64, changes={"images.size": 32}).images.size == 32
    made = recipe(init="noise", changes={"optimizer.bounds": "none"})
    assert (made.initial.start, made.optimizer.bounds) == ("noise", "none")


@pytest.mark.parametrize("name", preset_names())
def test_a_presets_own_file_is_that_preset(name, tmp_path):
    path = written(tmp_path, preset_text(name))
    assert load_preset(path) == load_preset(str(path)) == load_preset(name)


def test_a_file_may_say_what_differs(tmp_path):
    path = written(
        tmp_path,
        """
        extends = "tf-tutorial"
        title = "Mine"
        total_variation = "off"
        [style]
        layers = { relu1_1 = 1.0 }
        [optimizer]
        method = "gradient-descent"
        rate = 2.0
        """,
    )
    made, base = load_preset(path), load_preset("tf-tutorial")
    assert (made.name, made.title, made.source) == ("mine", "Mine", "mine.toml")
    assert made.total_variation is None
    assert made.style.layers == {"relu1_1": 1.0}
    assert (made.style.weight, made.images) == (base.style.weight, base.images)
    assert (made.optimizer.rate, made.optimizer.iterations) == (2.0, base.optimizer.iterations)


def test_weights_beside_the_file_are_found_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "own.npz").write_bytes(b"")
    path = written(tmp_path, 'extends = "gatys"\nweights = "own.npz"\n')
    monkeypatch.chdir("/")
    assert load_preset(path).weights == str(tmp_path / "own.npz")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("size = [", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("a = " + "[" * 10_000, "is not TOML"),
        ('extends = "gatys"\nstyle.' + ".".join("a" * 500) + " = 1", "too deeply nested"),
        (".".join("a" * 1_500) + " = 1", "too deeply nested"),
        ("a = " + "9" * 5_000, "has a number of too many digits"),
        ("#" * 40_000, "has more than 32768 bytes"),
        ("", "mine.toml: the key 'optimizer' is missing"),
        (
            'extends = "gaty"',
            r"extends is 'gaty' \(did you mean gatys\?\); expected one of backpaint",
        ),
        ("extends = 3", "extends is 3; expected one of"),
        ('extends = "gatys"\n[style]\nwieght = 1', "style: there is no key 'wieght'"),
        ('extends = "gatys"\n[style]\nweight = -1', "style.weight: found -1, expected a number"),
        ('extends = "gatys"\nstyle = 3', "style: found 3, expected the keys weight"),
    ],
)
def test_a_broken_file_is_one_sentence(text, sentence, tmp_path):
    with pytest.raises(UsageError, match=sentence) as refused:
        load_preset(written(tmp_path, text))
    assert "mine.toml" in str(refused.value)


@pytest.mark.parametrize("name", ["no/such.toml", "./nothing", "folder.toml"])
def test_a_file_that_is_not_there_is_one_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UsageError, match=f"the recipe {name.removeprefix('./')} cannot be read"):
        load_preset(name)


@pytest.mark.usefixtures("thin_networks")
def test_the_command_line_paints_with_a_file_and_tells_of_it(backpaint, pictures, tmp_path):
    path = written(tmp_path, 'extends = "gatys"\n[style]\nlayers = { relu1_1 = 1.0 }\n')
    out = tmp_path / "out.png"
    inputs = (pictures["cat"], pictures["swirls"], "-o", out, "--size", 24, "--iterations", 2)
    done = backpaint("paint", *inputs, "--preset", path)
    assert done.code == 0, done.err
    assert "preset mine, l-bfgs-b" in done.out
    shown = backpaint("show", out).out
    assert "a recipe of its own:" in shown
    assert "style.layers.relu1_1 = 1.0" in shown
    same = program.paint(
        pictures["cat"],
        pictures["swirls"],
        preset=recipe("gatys", size=24, iterations=2, changes={"style.layers": {"relu1_1": 1.0}}),
    )
    with Image.open(out) as image:
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), same.image)


def test_no_output_replaces_the_recipe(backpaint, pictures, tmp_path):
    path = written(tmp_path, 'extends = "gatys"\n')
    inputs = (pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", "--preset", path)
    ended = backpaint("paint", *inputs, "--log", path)
    assert ended.code == 2
    assert "is an input as well as an output" in ended.err
    assert path.read_text() == 'extends = "gatys"\n'


@pytest.mark.parametrize("value", [None, 3, b"gatys"])
def test_what_is_no_preset_is_one_sentence(value):
    with pytest.raises(UsageError, match=r"a preset is of type .*; expected a name"):
        recipe(value)
    with pytest.raises(UsageError, match="init is 'Noise'; expected content or noise"):
        recipe(init="Noise")
    with pytest.raises(UsageError, match="found the key 3, expected a dotted path"):
        recipe(changes={3: 1})


def test_what_a_recipe_mends_is_told_no_longer(tmp_path):
    path = written(tmp_path, 'extends = "jcjohnson"\ntotal_variation = "off"\n')
    assert load_preset("jcjohnson").disagreements
    assert load_preset(path).is_consistent
    assert load_preset(path).disagreements == ()


def test_weights_that_cannot_be_a_file_are_left_to_the_loader(tmp_path):
    path = written(tmp_path, f'extends = "gatys"\nweights = "{"x" * 300}"\n')
    assert load_preset(path).weights == "x" * 300
    (tmp_path / "vgg19").write_bytes(b"")
    assert load_preset(written(tmp_path, 'extends = "gatys"\nweights = "vgg19"')).weights == "vgg19"


def test_check_knows_the_built_in_presets_alone(backpaint, tmp_path):
    ended = backpaint("check", "--preset", written(tmp_path, preset_text("gatys"), "gatys.toml"))
    assert ended.code == 2
    assert "there is no preset" in ended.err


@pytest.mark.usefixtures("thin_networks")
def test_show_tells_a_table_once(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    quick = ("-o", out, "--size", 24, "--iterations", 1)
    backpaint("texture", pictures["swirls"], *quick, "--tv-weight", 2)
    shown = backpaint("show", out).out.split("changed from the preset:")[1]
    assert "total_variation.weight = 2.0" in shown
    assert "total_variation = off" not in shown
    assert "content = off" in shown
    assert "content." not in shown


def test_a_preset_prints_its_file(backpaint, tmp_path):
    assert backpaint("presets", "log0", "--toml").out == preset_text("log0")
    path = written(tmp_path, 'extends = "log0"\n')
    assert backpaint("presets", path, "--toml").out == 'extends = "log0"\n'
    assert "name it" in backpaint("presets", "--toml").err


def test_a_pictures_settings_hold_no_path_of_the_weights(noise, tmp_path):
    source = tmp_path / "own.npz"
    network = first_layers("vgg16", "conv1_1")
    np.savez(source, conv1_1_W=network.filters["conv1_1"], conv1_1_b=network.biases["conv1_1"])
    layers = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}
    made = program.paint(
        noise,
        noise,
        preset=recipe("log0", size=24, iterations=1, weights=source, changes=layers),
    )
    assert str(tmp_path) not in str(made.settings)
    assert made.settings["recipe"]["weights"] == "own.npz"
