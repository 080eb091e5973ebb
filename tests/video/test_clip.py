from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import RunError, UsageError
from backpaint.video.clip import Clip
from backpaint.video.film import FilmFrame, Form, write_film

from .clips import BASE, DURATION, pan, read_clip, write_clip

av = pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "in.mp4", late=3)


def opened(path, **how):
    return Clip(str(path), **how)


def test_frames_come_with_their_times(path):
    clip = opened(path)
    assert (clip.count(), clip.damaged) == (6, 0)
    frames = list(clip.frames())
    clip.close()
    assert [frame.time for frame in frames] == [i * DURATION for i in (0, 1, 2, 5, 6, 7)]
    for frame, source in zip(frames, pan(6), strict=True):
        assert np.abs(frame.pixels - source.pixels[:24]).mean() < 6


def test_a_part_of_a_clip_is_read(path):
    clip = opened(path, begin=0.03, end=0.21, every=3)
    assert clip.count() == 2
    frames = list(clip.frames())
    clip.close()
    assert [frame.time for frame in frames] == [DURATION, 6 * DURATION]
    assert frames[-1].duration == DURATION  # nothing is left that it would stand for


def test_reading_goes_on_in_another_process(path):
    clip = opened(path)
    frames = clip.frames()
    first = [next(frames), next(frames)]
    clip._reader._child.close()
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


@pytest.mark.parametrize("share", [0.3, pytest.param(0.6, marks=pytest.mark.slow), 0.97])
def test_a_matroska_file_that_is_cut_short_is_refused(tmp_path, share):
    data = write_clip(tmp_path / "in.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: int(share * len(data))])
    with pytest.raises(UsageError, match="expected a whole clip, found one that was cut short"):
        opened(tmp_path / "cut.mkv").count()


def written(path, codec, layout, rate=25, **stream_has):
    """Write ten frames that grow lighter, with frames that look ahead where the codec has them."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 32, 32, layout
        for name, value in stream_has.items():
            setattr(stream.codec_context, name, value)
        for number in range(10):
            pixels = np.full((32, 32, 3), 20 * number + 20, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=layout)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"), [("in.avi", "libx264"), ("in.asf", "mpeg2video"), ("in.mp4", "libx264")]
)
def test_frames_that_look_ahead_are_all_read_in_their_order(tmp_path, name, codec):
    clip = opened(written(tmp_path / name, codec, "yuv420p", max_b_frames=2))
    frames = clip.frames()
    first = [next(frames) for _ in range(4)]
    clip._reader._child.close()  # the rest comes from another process
    seen = [*first, *frames]
    clip.close()
    assert [round(frame.pixels.mean() / 20) for frame in seen] == [*range(1, 11)]
    assert all(early.time < late.time for early, late in pairwise(seen))


def test_joined_recordings_lose_no_frame_where_another_process_goes_on(tmp_path):
    path = written(tmp_path / "in.ts", "mpeg2video", "yuv420p", max_b_frames=2)
    path.write_bytes(2 * path.read_bytes())  # stamps begin anew in the middle
    clip = opened(path)
    frames, seen = clip.frames(), []
    for count in (4, 10):
        seen += [next(frames) for _ in range(count)]
        clip._reader._child.close()
    seen += frames
    clip.close()
    assert [round(frame.pixels.mean() / 20) for frame in seen] == 2 * [*range(1, 11)]
    assert all(early.time < late.time for early, late in pairwise(seen))


def test_a_late_part_is_found_without_decoding_all_that_is_before_it(tmp_path):
    path = written(tmp_path / "in.mp4", "libx264", "yuv420p", rate=1, gop_size=3, max_b_frames=1)
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        first = file.streams.video[0].index_entries[0]
        data[first.pos : first.pos + first.size] = b"\xff" * first.size
    path.write_bytes(data)
    with pytest.raises(UsageError, match="a whole clip"):
        opened(path).count()
    clip = opened(path, begin=7.0)
    assert clip.count() == 3
    assert [round(frame.pixels.mean() / 20) for frame in clip.frames()] == [8, 9, 10]
    clip.close()


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("in.avi", "mjpeg", "yuvj420p"),
        ("in.gif", "gif", "rgb8"),
        ("in.ogv", "libvpx", "yuv420p"),
    ],
)
@pytest.mark.parametrize("share", [0.6, pytest.param(0.95, marks=pytest.mark.slow)])
def test_what_says_its_end_is_refused_where_it_ends_before(tmp_path, name, codec, layout, share):
    data = written(tmp_path / name, codec, layout).read_bytes()
    (tmp_path / f"cut-{name}").write_bytes(data[: int(share * len(data))])
    with pytest.raises(UsageError, match="expected a whole clip, found one that was cut short"):
        opened(tmp_path / f"cut-{name}").count()


def test_bytes_behind_the_end_of_a_gif_change_nothing(tmp_path):
    path = written(tmp_path / "in.gif", "gif", "rgb8")
    path.write_bytes(path.read_bytes() + b"an editor's notes, and more!")
    clip = opened(path)
    assert clip.count() == 10
    clip.close()


def test_a_gif_that_is_cut_behind_a_byte_like_its_end_is_refused(tmp_path):
    data = written(tmp_path / "in.gif", "gif", "rgb8").read_bytes()
    (tmp_path / "cut.gif").write_bytes(data[: int(0.6 * len(data))] + b";")
    with pytest.raises(UsageError, match="expected a whole clip, found one that was cut short"):
        opened(tmp_path / "cut.gif").count()


def test_a_recording_that_ends_within_a_packet_is_read_and_told(tmp_path):
    data = written(tmp_path / "in.ts", "mpeg2video", "yuv420p").read_bytes()
    (tmp_path / "cut.ts").write_bytes(data[:-1000])
    for name, is_cut in (("in.ts", False), ("cut.ts", True)):
        clip = opened(tmp_path / name)
        assert (clip.count() < 10) == is_cut
        clip.close()
        assert clip.facts["ends_within_packet"] == is_cut


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
    with pytest.raises(UsageError, match="found none; choose another start or end"):
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
    gone = [FilmFrame(tmp_path / "gone.png", 0, DURATION)]
    with pytest.raises(RunError, match=r"gone.png: expected a painted frame, found none that can"):
        write_film(film, Form((33, 25), BASE, 1 / (BASE * DURATION)), gone, 0)
    write_film(film, Form((33, 25), BASE, 1 / (BASE * DURATION), str(path)), pictures, 0)
    again, copied = read_clip(film)
    assert copied == sound
    assert len(sound) > 2
    assert [time for time, _ in again] == [time for time, _ in frames]
    with av.open(str(film)) as file:
        stream = file.streams.video[0]
        assert stream.duration * stream.time_base == frames[-1][0] + DURATION * BASE
    first, second = (np.array([pixels for _, pixels in film], float) for film in (frames, again))
    off = first - second
    assert np.abs(off).mean() < 6  # the coder's losses, which vary from run to run
    assert np.ptp(off.mean(axis=(0, 1, 2))) < 2  # BT.709 read as BT.601: red and blue 5 apart
