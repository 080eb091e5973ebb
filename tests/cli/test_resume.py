"""A command line that is killed and gone on with leaves what an unbroken one leaves."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backpaint.images import read_metadata

BENCH = Path(__file__).parents[2] / "bench"
RUN = ("--size", 36, "--iterations", 12, "--save-every", 4, "--engine", "cpu", "--threads", 1)


def pixels(path):
    with Image.open(path) as image:
        return np.array(image)


def lines(path):
    """Read a log without its times."""
    return [json.loads(line) | {"seconds": 0} for line in path.read_text().splitlines()]


def settings(path):
    return json.loads(read_metadata(path)) | {"seconds": 0}


def killed(arguments, log, after):
    """Run a command line until its log has some lines, and kill it."""
    command = [sys.executable, "-m", "backpaint", *map(str, arguments), "--log", str(log)]
    log.unlink(missing_ok=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        deadline = time.monotonic() + 60
        while not (log.exists() and len(log.read_bytes().splitlines()) >= after):
            assert time.monotonic() < deadline
            assert run.poll() is None, run.stdout.read()
            time.sleep(0.005)
        run.kill()
    assert run.returncode == -9


@pytest.mark.slow
@pytest.mark.usefixtures("whole_networks")
def test_a_command_that_is_killed_twice_paints_the_same_picture(backpaint, pictures, tmp_path):
    whole, out = tmp_path / "whole.png", tmp_path / "out.png"
    log, file = tmp_path / "out.jsonl", tmp_path / "out.backpaint"
    painting = ("paint", pictures["cat"], pictures["swirls"], *RUN)
    done = backpaint(*painting, "-o", whole, "--log", tmp_path / "whole.jsonl")
    assert done.code == 0, done.err
    kept = ("-o", out, "--checkpoint", file, "--checkpoint-every", 2)
    killed((*painting, *kept), log, after=6)
    going_on = ("resume", file, "--save-every", 4)
    killed((*going_on, "-o", out), log, after=11)
    last = backpaint(*going_on, "--log", log)
    assert last.code == 0, last.err
    assert "going on after iteration" in last.out
    np.testing.assert_array_equal(pixels(out), pixels(whole))
    assert settings(out) == settings(whole)
    assert lines(log) == lines(tmp_path / "whole.jsonl")
    for number in (4, 8, 12):
        frame = f"-{number:04d}.png"
        np.testing.assert_array_equal(
            pixels(tmp_path / f"out{frame}"), pixels(tmp_path / f"whole{frame}")
        )


@pytest.mark.slow
def test_random_moments(tmp_path):
    options = ["--count", "4", "--shallow", "--folder", tmp_path]
    command = [sys.executable, BENCH / "kill_resume.py", *options]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 differ; " in run.stdout


def painted(backpaint, pictures, tmp_path, *more):
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png", "--size", 36,
        "--iterations", 4, "--checkpoint", tmp_path / "a.backpaint", *more,
    )  # fmt: skip
    assert done.code == 0, done.err
    return tmp_path / "a.backpaint"


def test_a_finished_run_is_shown_and_made_longer(backpaint, pictures, tmp_path):
    file = painted(backpaint, pictures, tmp_path)
    shown = backpaint("show", file)
    assert shown.code == 0, shown.err
    assert "iterations      4 of 4\n" in shown.out
    assert shown.out.endswith(f"to go on:\n  backpaint resume {file}\n")
    everything = json.loads(backpaint("show", "--json", file).out)
    assert everything["machine"]["NumPy"] == np.__version__
    again = backpaint("resume", file, "-o", tmp_path / "b.png")
    assert "going on after iteration 4 (all 4 iterations are done)" in again.out
    np.testing.assert_array_equal(pixels(tmp_path / "b.png"), pixels(tmp_path / "a.png"))
    longer = backpaint("resume", file, "--iterations", 6, "-o", tmp_path / "c.png")
    assert "iteration 0/6" not in longer.err
    assert "iteration 5/6" in longer.err
    whole = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "d.png", "--size", 36,
        "--iterations", 6,
    )  # fmt: skip
    assert whole.code == 0
    assert settings(tmp_path / "c.png") == settings(tmp_path / "d.png")
    np.testing.assert_array_equal(pixels(tmp_path / "c.png"), pixels(tmp_path / "d.png"))


def test_a_checkpoint_that_cannot_be_written_costs_neither_run_nor_picture(
    backpaint, pictures, tmp_path, monkeypatch
):
    folder = tmp_path / "folder"
    folder.mkdir()
    from backpaint.cli.shared import execute

    report = execute.reporter

    def removing(*arguments):
        shown = report(*arguments)

        def on_evaluation(record):
            shutil.rmtree(folder, ignore_errors=True)
            shown(record)

        return on_evaluation

    monkeypatch.setattr(execute, "reporter", removing)
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png", "--size", 36,
        "--iterations", 3, "--checkpoint", folder / "a.backpaint", "--checkpoint-every", 1,
    )  # fmt: skip
    assert done.code == 0
    assert pixels(tmp_path / "a.png").shape == (30, 36, 3)
    assert done.err.count(f"note: {folder / 'a.backpaint'} could not be written: ") == 2


def test_where_it_cannot_be_written_at_all_nothing_begins(backpaint, pictures, tmp_path):
    painting = ("paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png")
    nowhere = backpaint(*painting, "--checkpoint", tmp_path / "none" / "a.backpaint")
    assert nowhere.code == 2
    assert "expected a folder" in nowhere.err
    alone = backpaint(*painting, "--checkpoint-every", 3)
    assert (alone.code, "name a file with it" in alone.err) == (2, True)
    same = backpaint(*painting, "--checkpoint", tmp_path / "a.png")
    assert (same.code, "two outputs have the same name" in same.err) == (2, True)


REFUSED = {
    ("--exact",): "exact False, here True",
    ("--engine", "reference"): "engine cpu, here reference",
    ("--weights", "vgg16"): "weights of SHA-256 ",
    ("--iterations", "3"): "has 4 iterations behind it, and --iterations asks for 3",
    ("--dtype", "float64"): "the engine cpu computes in float32; for float64 choose reference",
    ("--tune", "own"): "--tune is of the engine gpu, but this run has cpu; leave it out",
    ("--log", "{file}"): "is an input as well as an output",
}


def test_what_could_change_bits_is_refused(backpaint, pictures, tmp_path):
    file = painted(backpaint, pictures, tmp_path, "--engine", "cpu")
    before = file.read_bytes()
    for options, sentence in REFUSED.items():
        options = [option.format(file=file) for option in options]
        ended = backpaint("resume", file, "-o", tmp_path / "b.png", *options)
        assert ended.code == 2
        assert sentence in ended.err
        assert ended.err.count("\n") == 1
        assert file.read_bytes() == before


def test_the_picture_that_a_run_was_made_of_is_not_written_over(backpaint, pictures, tmp_path):
    photo, file = pictures["cat"], pictures["cat"].with_suffix(".backpaint")
    painted(backpaint, pictures, tmp_path).rename(file)
    before = photo.read_bytes()
    for more in ((), ("-o", photo), ("-o", pictures["swirls"])):
        refused = backpaint("resume", file, *more)
        assert (refused.code, refused.out) == (2, "")
        assert "has the name of a picture that the run was made of, and no settings" in refused.err
    assert photo.read_bytes() == before
    (tmp_path / "a.png").rename(photo)  # a painting of that name may be painted anew
    assert backpaint("resume", file).code == 0


def test_a_checkpoint_is_shown_from_standard_input(backpaint, pictures, tmp_path, monkeypatch):
    file = painted(backpaint, pictures, tmp_path)
    command = [sys.executable, "-m", "backpaint", "show", "-"]
    shown = subprocess.run(command, input=file.read_bytes(), capture_output=True)
    assert shown.returncode == 0, shown.stderr
    assert b"iterations      4 of 4\n" in shown.stdout
    assert shown.stdout.endswith(b"to go on:\n  backpaint resume CHECKPOINT\n")
    file.write_bytes(file.read_bytes()[:-9])
    with file.open() as cut:
        monkeypatch.setattr("sys.stdin", cut)
        broken = backpaint("show", "-")
    assert broken.err.startswith("backpaint: standard input is damaged or cut short (")
