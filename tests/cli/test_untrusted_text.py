"""Text that a file or a name brings: never a terminal's commands, forged lines or a traceback."""

import json

import numpy as np
import pytest
from msgspec import to_builtins

from backpaint.images import write_image
from backpaint.presets import load_preset

COMMANDS = "\x1b]0;title\x07\x1b[2J\x9b31m\u202egpj.exe\r\nloss            0.000\x1b[1A"
"""Sets a title, clears the screen, colors, turns the reading direction, overwrites a line."""

MADE = {
    "program": "backpaint 1", "preset": "gatys", "content": "c.jpg", "size": [4, 4],
    "styles": ["s.jpg"], "style_shares": [1.0], "engine": "cpu", "dtype": "float32",
    "weights": "w", "weights_sha256": "0", "initial": "noise", "seed": 0, "color": "style",
    "iterations": 1, "evaluations": 1, "seconds": 1, "stopped": "x", "loss": 1.0,
    "terms": {"content": 1.0}, "versions": {"python": "3"}, "notes": [],
    "recipe": to_builtins(load_preset("gatys")),
}  # fmt: skip


@pytest.fixture
def painting(tmp_path):
    """Write a small picture with settings that are this text."""

    def write(text, name="a.png"):
        write_image(tmp_path / name, np.zeros((4, 4, 3)), metadata={"backpaint": text})
        return tmp_path / name

    return write


def is_safe(text):
    return all(letter.isprintable() or letter == "\n" for letter in text)


def nested(key, depth):
    """A recipe within recipes, `depth` times."""
    whole = json.dumps(MADE | {key: "HERE"})
    return whole.replace('"HERE"', '{"name":"x","q":' * depth + "1" + "}" * depth)


@pytest.mark.parametrize("key", ["content", "stopped", "engine", "preset", "weights", "color"])
def test_show_prints_a_hostile_value_as_plain_text(key, backpaint, painting):
    plain = backpaint("show", painting(json.dumps(MADE)))
    shown = backpaint("show", painting(json.dumps(MADE | {key: COMMANDS})))
    assert (plain.code, shown.code) == (0, 0)
    assert is_safe(shown.out)
    assert "gpj.exe" in shown.out
    assert len(shown.out.splitlines()) == len(plain.out.splitlines())


@pytest.mark.parametrize("key", ["terms", "notes", "styles", "versions", "engine_options"])
def test_show_prints_hostile_keys_and_lists_as_plain_text(key, backpaint, painting):
    is_list = key in ("notes", "styles")
    made = MADE | {key: [COMMANDS] if is_list else {COMMANDS: 1.0}}
    shown = backpaint("show", painting(json.dumps(made)))
    assert shown.code == 0
    assert is_safe(shown.out)
    assert "gpj.exe" in shown.out


def test_show_prints_a_hostile_recipe_as_plain_text(backpaint, painting):
    for change in ({COMMANDS: COMMANDS}, {"name": COMMANDS}, {"title": COMMANDS, "q": COMMANDS}):
        recipe = MADE["recipe"] | change
        shown = backpaint("show", painting(json.dumps(MADE | {"recipe": recipe})))
        assert shown.code == 0
        assert is_safe(shown.out)
        assert "gpj.exe" in shown.out


def test_json_is_written_anew_in_ascii(backpaint, painting):
    made = MADE | {"content": COMMANDS}
    spelled_out = json.dumps(made, ensure_ascii=False, indent=1).replace("\\u001b", "\\u001B")
    shown = backpaint("show", "--json", painting(spelled_out))
    assert shown.code == 0
    assert shown.out.isascii()
    assert is_safe(shown.out)
    assert json.loads(shown.out) == json.loads(spelled_out)


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(
    "text",
    [
        "\x1b]0;title\x07not json",
        "[" * 100_000,
        json.dumps(MADE)[:-1] + ',"digits":' + "9" * 5000 + "}",
        nested("recipe", 100_000),
    ],
    ids=["no json", "deep list", "many digits", "deep recipe"],
)
def test_settings_that_are_no_json_are_refused_in_one_sentence(text, options, backpaint, painting):
    refused = backpaint("show", *options, painting(text))
    assert refused.code == 2
    assert refused.out == ""
    assert "settings that are not JSON" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert is_safe(refused.err)


@pytest.mark.parametrize(
    "change",
    [
        {"terms": {"a": 10**400}},
        {"styles": ["a", "b"], "style_shares": [10**400, 1]},
        {"recipe": None},
        {"size": [1]},
        {"styles": [1]},
        {"notes": 3},
    ],
)
def test_settings_of_another_kind_are_refused_in_one_sentence(change, backpaint, painting):
    refused = backpaint("show", painting(json.dumps(MADE | change)))
    assert refused.code == 2
    assert "settings that this version cannot read; try --json" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_a_list_instead_of_settings_is_refused(backpaint, painting):
    assert "try --json" in backpaint("show", painting("[]")).err


def test_a_recipe_within_recipes_is_told_or_refused(backpaint, painting):
    for depth in (10, 400, 900):
        shown = backpaint("show", painting(nested("recipe", depth)))
        assert shown.code in (0, 2)
        assert shown.code == 0 or len(shown.err.splitlines()) == 1


def test_hostile_names_of_files_are_printed_as_plain_text(backpaint, tmp_path):
    name = "a\x1b[31m\u202eb\nbackpaint: all is well.png"
    for arguments in (
        ("show", name),
        ("paint", name, name, "-o", tmp_path / "o.png"),
        ("paint", name, name, "-o", f"{name}.xyz"),
        ("weights", "info", name),
        ("weights", "fetch", name),
        ("presets", name),
        (name,),
        ("paint", f"--{name}"),
        ("paint", "a", "b", "--seed", name),
    ):
        refused = backpaint(*arguments)
        assert refused.code == 2, arguments
        assert is_safe(refused.err), arguments
        assert "\nbackpaint: all is well" not in refused.err


def test_a_run_prints_hostile_names_as_plain_text(backpaint, pictures, tmp_path):
    content, out = tmp_path / "c\x1b[31m\nnote: fine.png", tmp_path / "o\x9b2J\nwrote it.png"
    content.write_bytes(pictures["cat"].read_bytes())
    done = backpaint(
        "paint", content, pictures["swirls"], "-o", out, "--size", 32, "--iterations", 1
    )
    assert done.code == 0, done.err
    assert is_safe(done.out)
    assert "\nnote: fine" not in done.out
    assert "\nwrote it" not in done.out
    shown = backpaint("show", out)
    assert is_safe(shown.out)
    assert "c?[31m?note: fine.png" in shown.out


def test_a_recipe_of_ones_own_is_printed_as_plain_text(backpaint, tmp_path):
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        'extends = "gatys"\ntitle = "a\\u001b[2Jb"\nsource = "\\u009b31m"\n# \u202e\n',
        encoding="utf-8",
    )
    for options in ((), ("--toml",)):
        shown = backpaint("presets", *options, recipe)
        assert shown.code == 0, shown.err
        assert is_safe(shown.out)
