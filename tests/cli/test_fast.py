"""``backpaint fast``: what it writes and says, and that a painting can be painted again."""

import shlex

import pytest
from click.testing import CliRunner
from PIL import Image

from backpaint.cli import cli
from backpaint.examples import example_path

CAT, SWIRLS, MOSAIC = (str(example_path(name)) for name in ("cat", "swirls", "mosaic"))


def run(*words, **options):
    return CliRunner().invoke(cli, ["fast", *map(str, words)], **options)


def test_a_painting_is_painted_again_by_the_command_that_it_names(tmp_path, monkeypatch):
    for name in ("cat", "swirls", "mosaic"):
        path = example_path(name)
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    done = run("cat.jpg", "swirls.jpg", "mosaic.jpg", "-o", "out.png", "--size", 41,
               "--style-shares", "2,1", "--strength", 0.8, "--threads", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert (
        "painting cat.jpg at 41 x 27 in the style of swirls.jpg, mosaic.jpg, in one" in done.output
    )
    assert "wrote out.png after " in done.output
    shown = CliRunner().invoke(cli, ["show", "out.png"]).output
    assert "one pass" in shown
    assert "The Magenta Authors" in shown
    *_, again = shown.splitlines()
    assert CliRunner().invoke(cli, shlex.split(again)[1:]).exit_code == 0
    with Image.open("out.png") as first, Image.open("again.png") as second:
        assert first.tobytes() == second.tobytes()


def test_standard_streams_are_pictures():
    content = example_path("cat").read_bytes()
    done = run("-", SWIRLS, "-o", "-", "--size", 32, "--threads", 1, input=content)
    assert done.exit_code == 0
    assert done.stdout_bytes.startswith(b"\x89PNG")
    assert "in one pass" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--strength", "2"], "strength is 2.0; expected a number from 0 to 1"),
        (["--size", "4"], "expected at least 8 a side"),
        (["--engine", "reference", "--threads", "2"], "--threads is of the engine cpu"),
        (["--engine", "cpu", "--dtype", "float64"], "the engine cpu computes in float32"),
        (["--style-shares", "1,x"], "expected numbers such as 0.7,0.3"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, words, message):
    done = run(CAT, SWIRLS, "-o", tmp_path / "out.png", *words)
    assert done.exit_code != 0
    assert message in f"{done.output} {done.exception}"
    assert not list(tmp_path.iterdir())


def test_what_exists_is_kept_if_wanted(tmp_path):
    out = tmp_path / "out.png"
    out.write_text("mine")
    done = run(CAT, SWIRLS, "-o", out, "--no-clobber")
    assert "--no-clobber keeps what exists" in str(done.exception)
    assert out.read_text() == "mine"


def test_precision_chooses_the_engine(tmp_path):
    done = run(CAT, SWIRLS, "-o", tmp_path / "out.png", "--size", 24, "--dtype", "float64")
    assert "engine reference (float64)" in done.output


def test_quiet_says_nothing(tmp_path):
    done = run(CAT, SWIRLS, "-o", tmp_path / "out.png", "--size", 24, "--quiet", "--threads", 1)
    assert done.exit_code == 0
    assert done.output == ""


def test_there_is_no_pass_without_a_style(tmp_path):
    words = ["reconstruct", CAT, "-o", str(tmp_path / "out.png"), "--init", "fast"]
    refused = CliRunner().invoke(cli, words)
    assert refused.exit_code == 2
    assert "there is none here; expected content, noise or a picture" in refused.output


def test_a_picture_from_a_pipe_is_repeated_from_one(tmp_path):
    content = example_path("cat").read_bytes()
    out = tmp_path / "out.png"
    assert run("-", SWIRLS, "-o", out, "--size", 32, input=content).exit_code == 0
    shown = CliRunner().invoke(cli, ["show", str(out)]).output
    assert "backpaint fast - swirls.jpg " in shown
