"""A clip reaches no other file, whatever it names."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import RunError, UsageError
from backpaint.video.clip import Clip
from backpaint.video.film import FilmFrame, Form, write_film

from ..clips import BASE, DURATION, write_clip
from ..opened import opened_files

av = pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n"
NAMING = {
    "concat.mp4": "ffconcat version 1.0\nfile other.mp4\n",
    "list.m3u8": PLAYLIST,
    "m.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("others")
    for name in ("other.mp4", "other.ts"):
        write_clip(folder / name, count=3)
    for name in ("p1.png", "p2.png", "p%d.png"):
        Image.new("RGB", (32, 24)).save(folder / name)
    for name, text in NAMING.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("name", [*NAMING, "p%d.png"])
def test_what_names_other_files_is_refused_and_they_stay_closed(folder, name):
    with opened_files(folder) as opened, pytest.raises(UsageError, match="expected a clip") as said:
        Clip(str(folder / name)).count()
    assert opened == {name}
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("name", ["concat.mp4", "list.m3u8"])
def test_sound_comes_from_no_other_file(folder, name, tmp_path):
    Image.fromarray(np.zeros((24, 32, 3), np.uint8)).save(tmp_path / "frame.png")
    form = Form((32, 24), BASE, 1 / (BASE * DURATION), str(folder / name))
    frames = [FilmFrame(tmp_path / "frame.png", 0, DURATION)]
    with opened_files(folder) as opened, pytest.raises(RunError):
        write_film(tmp_path / "film.mp4", form, frames, 0)
    assert opened == {name}


def test_ffmpeg_would_have_opened_them(folder):
    with opened_files(folder) as opened, av.open(str(folder / "concat.mp4")) as file:
        assert len(list(file.decode(video=0))) == 3
    assert opened == {"concat.mp4", "other.mp4"}


def test_the_child_opens_nothing_more(folder):
    clip = Clip(str(folder / "other.mp4"))
    frames = clip.frames()
    next(frames)
    path = Path(f"/proc/{clip._reader._child._process.pid}/limits")
    if not path.exists():
        pytest.skip("other systems tell it in another way")
    lines = path.read_text().splitlines()
    (line,) = [line.split() for line in lines if line.startswith("Max open files")]
    assert line[3:5] == ["0", "0"]
    assert len(list(frames)) == 2
    clip.close()


@pytest.mark.parametrize("name", ["in.mkv", "in.mov", "in.ts"])
def test_containers_of_one_file_are_read(tmp_path, name):
    clip = Clip(str(write_clip(tmp_path / name, count=3)))
    assert clip.count() == 3
    clip.close()
