"""What a command would write over is named or kept; what cannot be written is kept elsewhere."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from backpaint.cli.shared.rescue import save_somewhere
from backpaint.errors import RunError
from backpaint.images import read_metadata

QUICK = ("--size", 36, "--iterations", 2)


@pytest.mark.parametrize(
    "command",
    [
        ("paint", "{cat}", "{swirls}", *QUICK),
        ("texture", "{swirls}", *QUICK),
        ("reconstruct", "{cat}", "--layer", "relu1_1", *QUICK),
        ("demo", *QUICK),
        ("look", "{cat}", "--layer", "relu1_1"),
        ("gradient", "{cat}", "{swirls}", "--size", 36),
    ],
)
def test_what_exists_is_named_or_kept(command, backpaint, pictures, tmp_path):
    command = [str(part).format(**pictures) for part in command]
    out = tmp_path / "out.png"
    out.write_bytes(b"precious")
    kept = backpaint(*command, "-o", out, "--no-clobber")
    assert kept.code == 2
    assert f"{out} exists, and --no-clobber keeps what exists" in kept.err
    assert out.read_bytes() == b"precious"
    replaced = backpaint(*command, "-o", out)
    assert replaced.code == 0, replaced.err
    assert f"note: replacing {out}\n" in replaced.out
    with Image.open(out) as image:
        assert image.format == "PNG"


def test_a_new_name_is_written_without_a_word(backpaint, pictures, tmp_path):
    new = backpaint(
        "look", pictures["cat"], "--edges", "sobel", "-o", tmp_path / "a.png", "--no-clobber"
    )
    assert (new.code, new.out) == (0, f"wrote {tmp_path / 'a.png'}\n")


@pytest.mark.parametrize("other", ["run.jsonl", "loss.png", "out-0001.png"])
def test_no_clobber_keeps_everything_that_a_run_writes(other, backpaint, pictures, tmp_path):
    (tmp_path / other).write_bytes(b"precious")
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", *QUICK,
        "--log", tmp_path / "run.jsonl", "--plot", tmp_path / "loss.png", "--save-every", 1,
        "--no-clobber",
    )  # fmt: skip
    assert done.code == 2
    assert f"{tmp_path / other} exists" in done.err
    assert (tmp_path / other).read_bytes() == b"precious"
    assert not (tmp_path / "out.png").exists()


@pytest.fixture
def no_room(monkeypatch, tmp_path):
    """A folder on a full disk, and the temporary folder on another one."""
    (tmp_path / "full").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    fsync, opened = os.fsync, Path("/proc/self/fd")
    if not opened.exists():
        pytest.skip("needs the names of open files")

    def full(descriptor):
        if (opened / str(descriptor)).readlink().is_relative_to(tmp_path / "full"):
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    return tmp_path / "full"


def test_a_full_disk_at_the_end_costs_no_painting(backpaint, pictures, no_room, tmp_path):
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", no_room / "out.jpg", *QUICK
    )
    assert done.code == 1
    (kept,) = (tmp_path / "temporary").glob("*/out.png")
    assert f"No space left on device; the picture was kept as {kept}" in done.err
    assert json.loads(read_metadata(kept))["preset"] == "backpaint"
    assert list(no_room.iterdir()) == []


def test_a_full_disk_on_the_way_costs_only_that_picture(backpaint, pictures, no_room, tmp_path):
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", no_room / "out.png", *QUICK,
        "--save-every", 1,
    )  # fmt: skip
    assert "out-0001.png could not be written" in done.out
    assert len(list((tmp_path / "temporary").glob("*/out.png"))) == 1


def test_a_view_is_kept_too(backpaint, pictures, no_room, tmp_path):
    done = backpaint("look", pictures["cat"], "--layer", "relu1_1", "-o", no_room / "out.png")
    assert done.code == 1
    assert len(list((tmp_path / "temporary").glob("*/out.png"))) == 1


def test_where_nothing_can_be_written_the_first_reason_is_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tried = []

    def save(path):
        tried.append(path)
        raise RunError(f"{path} could not be written: full")

    with pytest.raises(RunError, match=r"^a\.webp could not be written: full$"):
        save_somewhere(save, "a.webp")
    assert len(tried) == 4
    assert list(tmp_path.iterdir()) == []


def test_pictures_on_the_way_need_a_name(backpaint, pictures):
    done = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", "-", *QUICK, "--save-every", 1
    )
    assert done.code == 2


def test_a_gradient_that_is_zero_is_a_sentence(backpaint, pictures, tmp_path):
    done = backpaint("gradient", pictures["cat"], "-o", tmp_path / "out.png", "--size", 36)
    assert done.code == 2
    assert "add a STYLE, or look elsewhere: --at noise" in done.err
    assert not (tmp_path / "out.png").exists()
    assert backpaint(
        "gradient", pictures["cat"], "-o", tmp_path / "out.png", "--size", 36, "--at", "noise"
    ).code == 0  # fmt: skip


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "a" * 300 + ".png"], "expected a place to write to, found: "),
        (["-o", "a" * 245 + ".png", "--save-every", 1], "its name is too long; choose a shorter"),
        (["--init", "a" * 300], "there is no such file"),
        (["--scratch", "a" * 300], "is no folder"),
    ],
)
def test_names_too_long_are_refused_in_a_sentence(
    options, sentence, backpaint, pictures, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = backpaint("paint", pictures["cat"], pictures["swirls"], *QUICK, "-o", "o.png", *options)
    assert (done.code, sentence in done.err, done.err.count("\n")) == (2, True, 1)


def test_names_of_outputs_do_not_meet(backpaint, pictures, tmp_path):
    painting = ("paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png", *QUICK)
    for option in ("--checkpoint", "--save-style"):
        met = backpaint(*painting, "--save-every", 1, option, tmp_path / "a-0001.png")
        assert (met.code, "would write over another output" in met.err) == (2, True)


def test_a_checkpoint_replaces_nothing_but_a_checkpoint(backpaint, pictures, tmp_path):
    painting = ("paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "a.png", *QUICK)
    other = tmp_path / "notes.txt"
    other.write_text("precious")
    refused = backpaint(*painting, "--checkpoint", other)
    assert (refused.code, "is there, and no checkpoint" in refused.err) == (2, True)
    assert other.read_text() == "precious"
    streamed = backpaint(*painting, "--checkpoint", "-")
    assert (streamed.code, "--checkpoint is standard output" in streamed.err) == (2, True)


def test_nothing_is_said_to_be_replaced_in_a_run_that_is_refused(backpaint, pictures, tmp_path):
    out, log = tmp_path / "a.png", tmp_path / "a.jsonl"
    out.write_bytes(pictures["cat"].read_bytes())
    log.write_text("precious")
    refused = backpaint(
        "paint", pictures["cat"], pictures["swirls"], "-o", out, "--log", log, "--size", 7,
        "--set", "style.layers={relu1_1=1}", "--set", "content.layers={relu1_1=1}",
        "--init", "fast",
    )  # fmt: skip
    assert refused.code == 2
    assert "expected at least 8 a side for one pass" in refused.err
    assert (refused.out, log.read_text()) == ("", "precious")


@pytest.mark.parametrize(
    "option", ["-o", "--log", "--plot", "--checkpoint", "--film", "--save-style"]
)
def test_a_folder_where_a_file_is_written_is_refused_in_a_sentence(option, backpaint, tmp_path):
    done = backpaint("paint", "cat.png", "swirls.png", "-o", "out.png", option, tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"backpaint: {tmp_path}: expected a file to write, found a folder; name a file in it\n"
    )


def test_what_cannot_be_read_on_a_command_line_is_told_in_a_sentence(backpaint):
    done = backpaint("paint", "cat.png", "swirls.png", "-o", "out.png", "--size", "x")
    assert done.code == 2
    assert done.err == (
        "backpaint paint: Invalid value for '--size': 'x' is not a valid integer range; see "
        "backpaint paint --help\n"
    )
    assert "Usage: backpaint" in backpaint().err  # of nothing at all, what there is
