import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.video.clip import Clip
from backpaint.video.film import FilmFrame, Form, write_film

from .clips import BASE, DURATION, pan, read_clip, write_clip

pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "in.mp4", late=3)


def opened(path, **how):
    return Clip(str(path), **how)


def test_frames_come_with_their_times(path):
    clip = opened(path)
    assert clip.count() == 6
    frames = list(clip.frames())
    clip.close()
    assert [frame.time for frame in frames] == [i * DURATION for i in (0, 1, 2, 5, 6, 7)]
    for frame, source in zip(frames, pan(6), strict=True):
        assert np.abs(frame.pixels - source.pixels[:24]).mean() < 6


def test_a_part_of_a_clip_is_read(path):
    clip = opened(path, begin=0.03, end=0.21, every=2)
    assert clip.count() == 2
    times = [frame.time for frame in clip.frames()]
    clip.close()
    assert times == [DURATION, 5 * DURATION]


def test_reading_goes_on_in_another_process(path):
    clip = opened(path)
    frames = clip.frames()
    first = [next(frames), next(frames)]
    clip._child.close()
    rest = list(frames)
    clip.close()
    assert [f.time for f in (*first, *rest)] == [i * DURATION for i in (0, 1, 2, 5, 6, 7)]


@pytest.mark.parametrize(
    ("share", "said"), [(0.6, "expected a (whole )?clip, found"), (0.0, "expected a clip, found")]
)
def test_a_clip_that_is_cut_short_is_refused(path, tmp_path, share, said):
    data = path.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: int(share * len(data))])
    with pytest.raises(UsageError, match=said):
        opened(tmp_path / "cut.mp4").count()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
def test_a_matroska_file_that_is_cut_short_is_refused(tmp_path, share):
    data = write_clip(tmp_path / "in.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: int(share * len(data))])
    with pytest.raises(UsageError, match="expected a whole clip, found one that was cut short"):
        opened(tmp_path / "cut.mkv").count()


def test_a_clip_without_a_readable_frame_is_not_blamed_on_the_times(tmp_path):
    data = bytearray(write_clip(tmp_path / "in.mkv").read_bytes())
    cut = data[: int(0.3 * len(data))]
    place = cut.index(bytes.fromhex("18538067")) + 4
    cut[place : place + 8] = b"\x01" + b"\xff" * 7  # as a live recording has it
    (tmp_path / "cut.mkv").write_bytes(cut)
    with pytest.raises(UsageError, match="damaged or was cut short"):
        opened(tmp_path / "cut.mkv").count()


def test_a_picture_is_no_folder_and_a_missing_clip_none(tmp_path):
    for wrong in (tmp_path, tmp_path / "none.mp4"):
        with pytest.raises(UsageError, match="expected a clip, found: "):
            opened(wrong).count()


def test_no_frame_between_the_times_is_told(path):
    with pytest.raises(UsageError, match="found none; choose another --start or --end"):
        opened(path, begin=9.0).count()


def test_a_clip_without_an_end_is_refused(path, monkeypatch):
    monkeypatch.setattr("backpaint.video.clip.MOST_FRAMES", 5)
    with pytest.raises(UsageError, match="expected at most 5 frames, found more"):
        opened(path).count()


def test_a_film_has_the_times_and_the_sound_of_the_clip(path, tmp_path):
    frames, sound = read_clip(path)
    pictures = []
    for number, (time, pixels) in enumerate(frames):
        name = tmp_path / f"{number}.png"
        Image.fromarray(np.pad(pixels, ((0, 1), (0, 1), (0, 0)))).save(name)  # of odd sides
        pictures.append(FilmFrame(name, int(time / BASE), DURATION))
    film = tmp_path / "film.mp4"
    write_film(film, Form((33, 25), BASE, 1 / (BASE * DURATION), str(path)), pictures, 0)
    again, copied = read_clip(film)
    assert copied == sound
    assert len(sound) > 2
    assert [time for time, _ in again] == [time for time, _ in frames]
    first, second = (np.array([pixels for _, pixels in film], float) for film in (frames, again))
    off = first - second
    assert np.abs(off).mean() < 6  # the coder's losses, which vary from run to run
    assert np.ptp(off.mean(axis=(0, 1, 2))) < 2  # BT.709 read as BT.601: red and blue 5 apart
