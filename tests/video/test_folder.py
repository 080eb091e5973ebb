import errno
import json
import os
import shutil

import numpy as np
import pytest

from backpaint.errors import RunError, UsageError
from backpaint.video.course import require_film
from backpaint.video.descent import PaintedFrame
from backpaint.video.folder import FramesFolder

MANIFEST = {"clip": "abc", "stability": 1.0, "look_back": (1, 2)}


def painted(level, shown=None):
    seen = np.full((4, 5, 3), float(level))
    return PaintedFrame(seen, seen if shown is None else np.full((4, 5, 3), float(shown)))


def line(time):
    return {"time": time, "duration": 5, "cut": False, "base": 1.0, "error": None}


@pytest.fixture
def folder(tmp_path):
    made = FramesFolder.of(tmp_path / "out.mp4")
    assert made.begin(MANIFEST, resume=False) == []
    made.keep(1, painted(10), line(0))
    made.keep(2, painted(20, shown=30), line(5))
    return made


def test_kept_frames_are_gone_on_with(folder):
    log = folder.begin(MANIFEST, resume=True)
    assert [line["time"] for line in log] == [0, 5]
    assert (folder.seen(1) == 10).all()
    assert (folder.seen(2) == 20).all()  # the network's, not the one with other colors


def test_a_line_that_was_not_written_whole_is_forgotten(folder):
    log = folder.path / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"frame": 3, "ti')
    assert len(folder.begin(MANIFEST, resume=True)) == 2
    assert log.read_bytes() == whole
    folder.keep(3, painted(40), line(9))
    assert [json.loads(line)["frame"] for line in log.read_text().splitlines()] == [1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_files_that_are_none_or_nested_without_end_are_refused(folder):
    manifest, log = folder.path / "manifest.json", folder.path / "log.jsonl"
    true = manifest.read_bytes()
    manifest.write_text("[" * 100_000)
    with pytest.raises(UsageError, match="expected what frames depend on, found none"):
        folder.begin(MANIFEST, resume=True)
    manifest.write_bytes(true)
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(UsageError, match="found a folder, pipe, device or socket"):
        folder.begin(MANIFEST, resume=True)


def test_a_frame_whose_picture_is_gone_is_painted_again(folder):
    folder.picture(2).unlink()
    assert len(folder.begin(MANIFEST, resume=True)) == 1


def test_frames_of_another_run_are_refused(folder):
    with pytest.raises(UsageError, match="is of another run: clip, stability differ"):
        folder.begin(MANIFEST | {"clip": "other", "stability": 2.0}, resume=True)


def test_frames_that_are_there_are_not_lost_by_accident(folder):
    with pytest.raises(
        UsageError, match=r"--resume \(in Python resume=True\), or remove the folder"
    ):
        folder.begin(MANIFEST, resume=False)


def test_a_folder_of_other_things_stays(tmp_path):
    folder = FramesFolder(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="expected a folder of frames, found another"):
        folder.begin(MANIFEST, resume=True)


def test_only_what_was_written_is_removed(folder):
    for name in ("mine.txt", "2024.png", "00003.png"):
        (folder.path / name).write_text("mine")
    folder.remove()
    names = {path.name for path in folder.path.iterdir()}
    assert names == {"mine.txt", "2024.png", "00003.png"}


def test_a_finished_film_s_folder_goes(folder):
    folder.remove()
    assert not folder.path.exists()


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "out.mp4.frames").write_text("mine")
    with pytest.raises(UsageError, match="expected a folder of frames or none, found a file"):
        FramesFolder.of(tmp_path / "out.mp4").begin(MANIFEST, resume=True)


def line_of_base(base):
    return json.dumps({"frame": 2, **line(5)}).replace("1.0", base).encode() + b"\n"


@pytest.mark.parametrize(
    "damaged",
    [
        *(b"[1]\n", b"1\n", b'{"frame": 2}\n', b"\xff\n", b"[" * 100_000 + b"\n"),
        *map(line_of_base, ("NaN", "-Infinity", "1" + "0" * 400)),
    ],
)
def test_a_damaged_line_s_frame_is_painted_again(folder, damaged):
    log = folder.path / "log.jsonl"
    first, _ = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + damaged)
    assert [line["frame"] for line in folder.begin(MANIFEST, resume=True)] == [1]
    assert log.read_bytes() == first


def test_all_frames_of_a_finished_film_are_told_from_others(tmp_path):
    folder = FramesFolder.of(tmp_path / "out.mp4")
    told = MANIFEST | {"count": 2}
    folder.begin(told, resume=False)
    for number, says in ((1, "that was not finished; go on"), (2, "all frames of a finished film")):
        folder.keep(number, painted(10), line(number))
        with pytest.raises(UsageError, match=says):
            folder.begin(told, resume=False)


@pytest.mark.parametrize("name", ["log.jsonl", "00003.png"])
def test_nothing_is_written_through_a_link_in_the_folder(folder, name, tmp_path):
    precious, link = tmp_path / "precious", folder.path / name
    precious.write_text("mine")
    link.unlink(missing_ok=True)
    link.symlink_to(precious)
    with pytest.raises(
        UsageError, match="expected a file of the frames, found a link; remove the link"
    ):
        folder.begin(MANIFEST, resume=True)
    assert precious.read_text() == "mine"


def test_a_full_disk_leaves_no_half_line(folder, monkeypatch):
    log, write = folder.path / "log.jsonl", os.write
    whole = log.read_bytes()

    def nearly_full(descriptor, data):
        if len(data) < 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[:9])

    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(RunError, match=r"log\.jsonl could not be written: No space.*make room"):
        folder.keep(3, painted(40), line(9))
    assert log.read_bytes() == whole


def test_only_a_full_disk_needs_room(folder):
    folder.picture(3).mkdir()
    with pytest.raises(RunError, match=r"00003\.png could not be written.*; mend that, and go on"):
        folder.keep(3, painted(40), line(9))
    shutil.rmtree(folder.path)
    with pytest.raises(RunError, match="found none: it was removed; paint the film again"):
        folder.keep(3, painted(40), line(9))


def test_a_name_too_long_for_the_folder_is_refused_at_once(tmp_path):
    require_film(tmp_path / f"{'x' * 240}.mp4", [])
    with pytest.raises(UsageError, match="too long for its folder of frames"):
        require_film(tmp_path / f"{'x' * 246}.mp4", [])
