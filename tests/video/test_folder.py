import json

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.video.descent import PaintedFrame
from backpaint.video.folder import FramesFolder

MANIFEST = {"clip": "abc", "stability": 1.0, "look_back": (1, 2)}


def painted(level, shown=None):
    seen = np.full((4, 5, 3), float(level))
    return PaintedFrame(seen, seen if shown is None else np.full((4, 5, 3), float(shown)))


@pytest.fixture
def folder(tmp_path):
    made = FramesFolder.of(tmp_path / "out.mp4")
    assert made.begin(MANIFEST, resume=False) == []
    made.keep(1, painted(10), {"time": 0})
    made.keep(2, painted(20, shown=30), {"time": 5})
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
    folder.keep(3, painted(40), {"time": 9})
    assert [json.loads(line)["frame"] for line in log.read_text().splitlines()] == [1, 2, 3]


def test_a_frame_whose_picture_is_gone_is_painted_again(folder):
    folder.picture(2).unlink()
    assert len(folder.begin(MANIFEST, resume=True)) == 1


def test_frames_of_another_run_are_refused(folder):
    with pytest.raises(UsageError, match="is of another run: clip, stability differ"):
        folder.begin(MANIFEST | {"clip": "other", "stability": 2.0}, resume=True)


def test_frames_that_are_there_are_not_lost_by_accident(folder):
    with pytest.raises(UsageError, match="go on with --resume, or remove the folder"):
        folder.begin(MANIFEST, resume=False)


def test_a_folder_of_other_things_stays(tmp_path):
    folder = FramesFolder(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="expected a folder of frames, found another"):
        folder.begin(MANIFEST, resume=True)


def test_only_what_was_written_is_removed(folder):
    (folder.path / "mine.txt").write_text("mine")
    folder.remove()
    assert [path.name for path in folder.path.iterdir()] == ["mine.txt"]
