"""Real batches in real processes at 32 pixels: skipped, failed, killed, stopped, gone on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import backpaint
from backpaint.batch.children import Children
from backpaint.errors import UsageError
from backpaint.images import read_metadata

QUICK = {"size": 32, "iterations": 2, "engine": "cpu"}
ENDLESS = {"optimizer.factr": 0.0}
SHALLOW = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}
ADAM = {"optimizer": {"method": "adam", "iterations": 2, "rate": 1.0}}


def batch(folders, **given):
    return backpaint.paint_batch(*folders, **QUICK | given)


def shallow_batch(folders, **given):
    """Paint with one layer, and without SciPy, where only what becomes of pictures counts."""
    return batch(folders, weights="vgg16", changes=SHALLOW | ADAM, **given)


def names(paths):
    return sorted(path.name for path in paths)


def test_a_broken_picture_fails_and_the_rest_is_painted_once(folders):
    photos, _, out = folders
    (photos / "broken.png").write_bytes((photos / "cat.png").read_bytes()[:900])
    (photos / "gone.png").symlink_to("nowhere.png")
    lines = []
    first = shallow_batch(folders, say=lines.append)
    assert names(first.painted) == ["cat-mosaic.png", "cat-swirls.png"]
    assert names(first.failed) == [
        *("broken-mosaic.png", "broken-swirls.png", "gone-mosaic.png", "gone-swirls.png")
    ]
    assert all(f"{path.stem.split('-')[0]}.png" in why for path, why in first.failed.items())
    assert [line[:3] for line in lines] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    made = {path: path.read_bytes() for path in first.painted}
    second = shallow_batch(folders, jobs=2)
    assert (second.painted, names(second.skipped)) == ([], names(first.painted))
    assert {path: path.read_bytes() for path in made} == made
    diary = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert len(diary) == 10
    assert sum(entry["error"] is None for entry in diary) == 2


@pytest.mark.slow
def test_the_pictures_are_those_of_single_runs_whatever_the_jobs(folders, tmp_path):
    photos, styles, _ = folders
    two = batch((photos, styles, tmp_path / "two"), jobs=2)
    for path in two.painted:
        style = styles / f"{path.stem.removeprefix('cat-')}.png"
        alone = backpaint.paint(photos / "cat.png", style, **QUICK)
        assert np.array_equal(np.asarray(Image.open(path))[..., :3], alone.image)
        told = json.loads(read_metadata(path))
        assert len(told["batch_digest"]) == len(told["content_sha256"]) == 64
        assert told["loss"] == alone.loss


def test_what_was_made_otherwise_is_kept_unless_it_may_go(folders):
    one = (folders[0], folders[1] / "swirls.png", folders[2])
    (path,) = shallow_batch(one).painted
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"cat-swirls\.png is there, and was made otherwise"):
        shallow_batch(one, seed=1)
    assert path.read_bytes() == before
    assert shallow_batch(one, again=True).skipped == [path]  # the same would come of it
    assert shallow_batch(one, seed=1, again=True).painted == [path]
    path.write_bytes(b"a diary")
    with pytest.raises(UsageError, match="or by something else"):
        shallow_batch(one, seed=1)


def test_nothing_is_written_among_the_photographs(folders):
    photos, styles, _ = folders
    with pytest.raises(UsageError, match="a folder that pictures are taken from"):
        batch((photos, styles, photos))
    assert names(photos.iterdir()) == ["cat.png"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"jobs": 0}, "jobs is 0; expected a whole number, 1 or more"),
        (
            {"jobs": 2, "engine": "reference"},
            "jobs is 2, and the engine reference; several of them share",
        ),
        ({"changes": {"style.weigth": 1}}, "there is no key 'weigth'"),
        ({"init": "none.png"}, "none.png"),
        ({"name": "{content}-{style}.bmp"}, "expected an extension"),
    ],
)
def test_wrong_settings_are_refused_before_any_work(given, sentence, folders):
    with pytest.raises(UsageError, match=sentence):
        batch(folders, **given)
    assert not folders[2].exists()


class Killer:
    """Kills each child of a crew a moment after its birth, so often."""

    def __init__(self, monkeypatch, times):
        self.left, born = times, Children._new_child

        def new_child(crew):
            child = born(crew)
            if self.left:
                self.left -= 1
                os.kill(child.number, signal.SIGKILL)
            return child

        monkeypatch.setattr(Children, "_new_child", new_child)


@pytest.mark.slow
def test_a_picture_whose_process_is_killed_is_tried_once_more(folders, monkeypatch):
    one = (folders[0], folders[1] / "swirls.png", folders[2])
    Killer(monkeypatch, 1)
    assert names(batch(one).painted) == ["cat-swirls.png"]


@pytest.mark.slow
def test_a_picture_that_kills_two_processes_fails_and_the_others_go_on(folders, monkeypatch):
    Killer(monkeypatch, 2)
    report = batch(folders)
    assert names(report.failed) == ["cat-mosaic.png"]
    assert [*report.failed.values()] == ["its process ended by SIGKILL, 2 times"]
    assert names(report.painted) == ["cat-swirls.png"]


def command(folders, *options):
    photos, styles, out = folders
    words = ["batch", photos, styles, "-o", out, "--size", 32, "--set", "optimizer.factr=0"]
    return [sys.executable, "-m", "backpaint", *map(str, (*words, *options))]


def wait_for_versions(count, pattern, folder, run):
    """Wait until a file was written so often."""
    seen, end = set(), time.monotonic() + 120
    while len(seen) < count:
        assert run.poll() is None
        assert time.monotonic() < end
        seen |= {path.stat().st_mtime_ns for path in folder.glob(pattern)}
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_batch_goes_on_in_the_middle_of_a_picture(number, folders):
    _, styles, out = folders
    (styles / "swirls.png").unlink()
    changes, count = ENDLESS | SHALLOW, 200
    whole = batch((*folders[:2], out.with_name("whole")), iterations=count, changes=changes)
    first = (f"--set={name}.layers={{relu1_1=1.0}}" for name in ("style", "content"))
    options = (*first, "--iterations", count, "--checkpoint", "--engine", "cpu")
    run = subprocess.Popen(command(folders, *options), start_new_session=True)
    wait_for_versions(2, "*.backpaint", out, run)  # at the start, and after 25 iterations
    run.send_signal(number)
    assert run.wait(timeout=60) == (130 if number == signal.SIGINT else -signal.SIGKILL)
    wait_for_children()
    assert [path.suffix for path in out.iterdir() if path.name.startswith("cat")] == [".backpaint"]
    done = subprocess.run(command(folders, *options), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert names(out.iterdir()) == ["cat-mosaic.png", "manifest.jsonl"]
    one, other = (np.asarray(Image.open(path)) for path in (out / "cat-mosaic.png", *whole.painted))
    assert np.array_equal(one, other)


def wait_for_children():
    """Wait until children whose parent is gone have heard of it, and ended."""
    end = time.monotonic() + 60
    while any(b"batch.child" in read(path) for path in Path("/proc").glob("[0-9]*/cmdline")):
        assert time.monotonic() < end
        time.sleep(0.1)


def read(path):
    try:
        return path.read_bytes()
    except OSError:  # it has just ended
        return b""


@pytest.mark.slow
def test_the_command_tells_how_it_went(folders, backpaint):
    photos, styles, out = folders
    (photos / "broken.png").write_bytes(b"no picture")
    (styles / "swirls.png").unlink()
    options = ("--size", 32, "--iterations", 1, "--engine", "cpu")
    done = backpaint("batch", photos, styles, "-o", out, *options)
    assert done.code == 1
    assert "0 of 2 done already" in done.out
    assert "painted 1, skipped 0 of 2" in done.out
    assert f"1 of 2 failed:\n  {out / 'broken-mosaic.png'}: " in done.err
    (photos / "broken.png").unlink()
    again = backpaint("batch", photos, styles, "-o", out, *options, "--quiet")
    assert (again.code, again.out, again.err) == (0, "", "")
    wrong = backpaint("batch", photos, styles, "-o", out, "--jobs", "many")
    assert wrong.code == 2
    assert "expected a whole number, 1 or more, or auto" in wrong.err
