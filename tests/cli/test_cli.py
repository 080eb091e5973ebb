"""The command line as a person uses it: what it writes, what it says, how it exits."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from backpaint.cli.shared.chosen import parse_changes
from backpaint.painting.diary.journal import Journal
from backpaint.presets import load_preset, preset_names, with_changes

QUICK = ("--iterations", 3, "--size", 40)


def test_paint_writes_a_picture_that_tells_how_it_was_made(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    log, plot = tmp_path / "run.jsonl", tmp_path / "loss.png"
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, *QUICK, "--log", log,
        "--plot", plot,
    )  # fmt: skip
    assert done.code == 0, done.err
    with Image.open(out) as image:
        assert image.size == (40, 33)
    assert "after 3 iterations" in done.out
    assert "all 3 iterations are done" in done.out
    with Image.open(plot) as image:
        assert image.size == (960, 600)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["evaluation"] for line in lines] == list(range(1, len(lines) + 1))
    assert set(lines[0]) == {"evaluation", "iteration", "loss", "terms", "grad_norm", "seconds"}
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert lines[0]["loss"] == pytest.approx(sum(lines[0]["terms"].values()))
    shown = backpaint("show", out)
    assert shown.code == 0
    assert "--preset backpaint" in shown.out
    assert str(tmp_path) not in shown.out
    everything = json.loads(backpaint("show", "--json", out).out)
    assert str(tmp_path) not in json.dumps(everything)
    assert len(everything["weights_sha256"]) == 64
    assert everything["loss"] == lines[-1]["loss"]


def test_the_same_seed_paints_the_same_picture(backpaint, pictures, tmp_path):
    def painted(name, seed):
        out = tmp_path / name
        arguments = (pictures["swirls"], "-o", out, *QUICK, "--seed", seed, "-q")
        assert backpaint("texture", *arguments).code == 0
        with Image.open(out) as image:
            return np.array(image)

    first, again, other = painted("a.png", 1), painted("b.png", 1), painted("c.png", 2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


IN_ROUNDS = ("hnarayanan", "tf-vgg16-lbfgs", "titu1994", "titu1994-improved")
"""Presets of which an iteration is a round of twenty evaluations."""


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_paints(preset, backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, "--preset", preset,
        "--iterations", 1, *(() if preset == "fzliu" else ("--size", 40)),
        *(("--set", "images.short_at_least=32", "--size", 40) if preset == "fzliu" else ()),
        *(("--set", "optimizer.evaluations_per_round=2") if preset in IN_ROUNDS else ()),
    )  # fmt: skip
    assert done.code == 0, done.err
    with Image.open(out) as image:
        assert min(image.size) >= 32


def test_several_styles_colors_kept_and_pictures_on_the_way(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], pictures["mosaic"], "-o", out, *QUICK,
        "--style-shares", "3,1", "--color", "keep", "--save-every", 2,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert (tmp_path / "out-0002.png").exists()
    made = json.loads(backpaint("show", "--json", out).out)
    assert made["style_shares"] == [0.75, 0.25]
    assert made["color"] == "keep"


def test_reconstruct_finds_the_picture_in_its_features(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    done = backpaint(
        "reconstruct", pictures["cat"], "--layer", "relu1_1", "-o", out, "--iterations", 60,
        "--size", 40,
    )  # fmt: skip
    assert done.code == 0, done.err
    with Image.open(out) as painted, Image.open(pictures["cat"]) as original:
        difference = np.array(painted, float) - np.array(original.resize(painted.size), float)
    assert np.abs(difference).mean() < 12  # noise is 70 away


def test_starts_from_a_file(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    arguments = ("-o", out, "--iterations", 1, "--size", 40, "--set", "style.weight=0")
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], *arguments, "--init", pictures["mosaic"],
        "--set", "content.weight=1e-30",
    )  # fmt: skip
    assert done.code == 0, done.err
    with Image.open(out) as painted, Image.open(pictures["mosaic"]) as start:
        difference = np.array(painted, float) - np.array(start.resize(painted.size), float)
    assert np.abs(difference).mean() < 12


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("paint", "{cat}", "{swirls}"), "Missing option '-o'"),
        (("paint", "nowhere.jpg", "{swirls}", "-o", "{out}"), "nowhere.jpg"),
        (("paint", "{cat}", "{swirls}", "-o", "{out}", "--preset", "x"), "there is no preset 'x'"),
        (("paint", "{cat}", "{swirls}", "-o", "{out}", "--engine", "x"), "no engine 'x'"),
        (("paint", "{cat}", "{swirls}", "-o", "out.xyz"), "out.xyz"),
        (("paint", "{cat}", "{swirls}", "-o", "{cat}"), "an input as well as an output"),
        (("paint", "{cat}", "{swirls}", "-o", "{out}", "--size", "8"), "choose a larger size"),
        (("paint", "{cat}", "{swirls}", "-o", "{out}", "--set", "a"), "expected KEY=VALUE"),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--init", "nois"),
            "--init is 'nois' (did you mean noise?), and there is no such file",
        ),
        (
            ("gradient", "{cat}", "{swirls}", "-o", "{out}", "--at", "nowhere.jpg"),
            "--at is 'nowhere.jpg', and there is no such file",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--size", "40",
             "--set", "images.style_scale=.2"),
            "a style of",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--set", "network.pool=min"),
            "'max', 'average', 'overlapping-average'",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--set", "style.wieght=1"),
            "expected the keys weight, layers, gram_divisor",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--style-shares", "1,2"),
            "one share for each style",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--weights", "vgg99"),
            "vgg99",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--set", "style.layers.relu9_1=1"),
            "layer names like conv4_2",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--set", "content.layers.conv4_4=1",
             "--weights", "vgg16"),
            "layer conv4_4 is not in embedded VGG-16",
        ),
        (
            ("paint", "{cat}", "{swirls}", "-o", "{out}", "--preset", "andersbll",
             "--set", 'optimizer={method="l-bfgs-b",iterations=5}'),
            "confuses the line search",
        ),
        (("show", "{cat}"), "carries no settings"),
        (("classify", "{cat}", "--weights", "vgg19"), "has no classifier head"),
        (("weights", "info", "nowhere.mat"), "nowhere.mat"),
        (("nonsense",), "No such command"),
    ],
)  # fmt: skip
def test_a_mistake_ends_in_one_sentence(arguments, sentence, backpaint, pictures, tmp_path):
    names = {name: str(path) for name, path in pictures.items()} | {"out": str(tmp_path / "o.png")}
    before = pictures["cat"].read_bytes()
    ended = backpaint(*(argument.format(**names) if "{cat" in argument or "{swirls" in argument or
                        "{out" in argument else argument for argument in arguments))  # fmt: skip
    assert ended.code == 2
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert pictures["cat"].read_bytes() == before


def test_help_is_quick():
    code = (
        "import sys; sys.argv = ['backpaint', '--help']; from backpaint.cli import main; "
        "import contextlib, io\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()\n"
        "slow = {'numpy', 'scipy', 'h5py', 'PIL', 'msgspec', 'tqdm'} & set(sys.modules)\n"
        "sys.exit(str(slow) if slow else 0)"
    )
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - begin < 3  # 0.1 s on a quiet machine


@pytest.mark.usefixtures("whole_networks")
def test_weights_info_and_presets(backpaint):
    info = backpaint("weights", "info", "vgg16")
    assert info.code == 0
    assert "VGG-16" in info.out
    assert "Simonyan" in info.out
    assert set(preset_names()) <= set(backpaint("presets").out.split())
    shown = backpaint("presets", "jcjohnson").out
    assert "256, not 255" in shown
    assert "style.gram_divisor = C M" in shown


def test_a_failed_run_keeps_the_last_good_picture(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    ended = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, "--size", 40, "--iterations", 50,
        "--set", 'optimizer={method="gradient-descent",iterations=50,rate=1e30}',
    )  # fmt: skip
    assert ended.code == 1
    assert "met NaN or infinity, first in" in ended.err
    assert "met NaN" not in ended.out  # once is enough
    with Image.open(out) as painted, Image.open(pictures["cat"]) as original:
        difference = np.array(painted, float) - np.array(original.resize(painted.size), float)
    assert np.abs(difference).mean() < 12  # the start, whose loss was the last finite one


def test_off_removes_a_term_and_none_is_a_value(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, *QUICK,
        "--preset", "tf-tutorial", "--set", "total_variation=off", "--set", "optimizer.clip=none",
    )  # fmt: skip
    assert done.code == 0, done.err
    made = json.loads(backpaint("show", "--json", out).out)
    assert made["recipe"]["total_variation"] is None
    assert made["recipe"]["optimizer"]["clip"] == "none"


def test_a_picture_without_a_term_is_named_and_left_out(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, "--preset", "caffe-content",
        "--iterations", 2,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "swirls.png is not looked at: caffe-content has no style term" in done.out
    assert json.loads(backpaint("show", "--json", out).out)["styles"] == []


def test_show_tells_what_was_changed(backpaint, pictures, tmp_path):
    out = tmp_path / "out.jpg"
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, *QUICK,
        "--style-weight", 7, "--set", "network.pool=max", "--set", "optimizer.method=adam",
        "--set", "optimizer.rate=.5",
    )  # fmt: skip
    assert done.code == 0, done.err
    shown = backpaint("show", out).out
    assert "style.weight = 7.0" in shown
    assert "network.pool = max" in shown
    assert "optimizer.rate = 0.5" in shown
    assert "content.weight" not in shown


def test_show_tells_nothing_that_was_not_changed(backpaint, pictures, tmp_path):
    out = tmp_path / "out.png"
    assert backpaint("paint", pictures["cat"], pictures["swirls"], "-o", out, *QUICK).code == 0
    _, changed = backpaint("show", out).out.split("changed from the preset:\n")
    told = ["  images.size = 40", "  optimizer.iterations = 3", "the same again:"]
    assert changed.split("\n")[:3] == told


@pytest.mark.parametrize("preset", preset_names())
def test_what_presets_prints_is_what_set_takes(preset, backpaint):
    recipe = load_preset(preset)
    _, settings = backpaint("presets", preset).out.split("KEY=VALUE):\n")
    lines = [line.strip().replace(" = ", "=", 1) for line in settings.splitlines()]
    assert with_changes(recipe, parse_changes(tuple(lines))) == recipe


@pytest.mark.parametrize(
    ("engine", "option", "owner"),
    [
        ("cpu", ("--precision", "fast"), "gpu"),
        ("cpu", ("--device", 1), "gpu"),
        ("cpu", ("--optimizer-on", "device"), "gpu"),
        ("cpu", ("--tune", "own"), "gpu"),
        ("reference", ("--threads", 2), "cpu"),
        ("reference", ("--exact",), "cpu"),
        ("reference", ("--profile",), "cpu"),
    ],
)
def test_no_option_is_ignored(engine, option, owner, backpaint, pictures, tmp_path):
    inputs = (pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", "--engine", engine)
    ended = backpaint("paint", *inputs, *option)
    assert ended.code == 2
    assert f"{option[0]} is of the engine {owner}, but this run has {engine}" in ended.err
    if option[0] not in ("--profile", "--optimizer-on"):
        assert backpaint("gradient", *inputs, *option).err == ended.err


def test_pictures_on_the_way_never_replace_an_input(backpaint, pictures, tmp_path):
    style = tmp_path / "out-0001.png"
    style.write_bytes(pictures["swirls"].read_bytes())
    ended = backpaint(
        "paint", pictures["cat"], style, "-o", tmp_path / "out.png", *QUICK, "--save-every", 1
    )
    assert ended.code == 2
    assert "would write over an input" in ended.err


def test_a_full_disk_for_the_log_does_not_lose_the_picture(
    backpaint, pictures, tmp_path, monkeypatch
):
    def on_a_full_disk(journal):
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, journal._file.fileno())
        os.close(full)
        return journal

    monkeypatch.setattr(Journal, "__enter__", on_a_full_disk)
    out, log = tmp_path / "out.png", tmp_path / "run.jsonl"
    done = backpaint("paint", pictures["cat"], pictures["swirls"], "-o", out, *QUICK, "--log", log)
    assert done.code == 0
    assert "the log ends at evaluation 1" in done.err
    assert out.exists()
