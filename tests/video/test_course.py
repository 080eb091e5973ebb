import numpy as np
import pytest

from backpaint.painting.control import Control
from backpaint.problem.recipe import Images
from backpaint.stylization.engines import networks_of, one_pass_engine
from backpaint.video.clip import Clip
from backpaint.video.course import Course
from backpaint.video.flow.guide import Guide, Wanted
from backpaint.video.folder import FramesFolder
from backpaint.video.one_pass import OnePassPainter, blend
from backpaint.video.plan import FilmPlan

from .clips import known_flow, read_clip, write_clip

pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")


@pytest.fixture(scope="module")
def painter():
    return OnePassPainter(networks_of(one_pass_engine("cpu")), np.zeros(100))


def test_a_film_that_was_stopped_has_the_frames_so_far(tmp_path, painter):
    clip = Clip(str(write_clip(tmp_path / "in.mp4", count=4, size=(32, 24))))
    plan = FilmPlan(
        clip, clip.count(), (24, 32), Images(size=32), lambda: painter, known_flow, (1,), {}
    )
    folder, control, said = FramesFolder(tmp_path / "frames"), Control(), []

    def say(text):
        said.append(text)
        if text.startswith("frame 2 of 4"):
            control.stop("enough")

    course = Course(plan, folder, say, control, folder.begin({}, resume=False))
    course.paint()
    course.write(str(tmp_path / "out.mp4"))
    clip.close()
    assert course.interrupted
    assert len(said) == 2
    assert "% trusted, about" in said[1]
    frames, sound = read_clip(tmp_path / "out.mp4")
    source, tone = read_clip(tmp_path / "in.mp4")
    assert [time for time, _ in frames] == [time for time, _ in source[:2]]
    assert 0 < len(sound) < len(tone)
    assert sound == tone[: len(sound)]


@pytest.mark.parametrize(
    ("suffix", "begin"),
    [
        (".ts", 0.0),
        pytest.param(".ts", 0.07, marks=pytest.mark.slow),
        (".mkv", 0.07),
    ],
)
def test_sound_stays_with_the_frames_of_a_clip_that_begins_late(tmp_path, painter, suffix, begin):
    path = write_clip(tmp_path / f"in{suffix}", count=9, rate=48000)
    clip = Clip(str(path), begin)
    plan = FilmPlan(
        clip, clip.count(), (24, 32), Images(size=32), lambda: painter, known_flow, (1,), {}
    )
    folder = FramesFolder(tmp_path / "frames")
    course = Course(plan, folder, lambda text: None, Control(), folder.begin({}, resume=False))
    course.paint()
    course.write(str(tmp_path / "out.mp4"))
    clip.close()
    source, tone = read_clip(path)
    frames, sound = read_clip(tmp_path / "out.mp4")
    first = source[-len(frames)][0]
    heard = [time - first for time, _ in tone if first - 1 / 50 < time < first + 1 / 5]
    copied = [time for time, _ in sound if -1 / 50 < time < 1 / 5]
    assert len(heard) > 8
    np.testing.assert_allclose(np.array(copied, float)[:8], np.array(heard, float)[:8], atol=0.002)


def guide():
    mask = np.array([[True, False]])
    return Guide((Wanted(1, np.full((1, 2, 3), 40.0), mask),), mask)


def test_one_pass_is_drawn_towards_the_painting_before_it():
    painted = np.full((1, 2, 3), 100.0)
    blended = blend(painted, guide(), 0.5)
    assert (blended[0, 0] == (100 + 0.5 * 40) / 1.5).all()
    assert (blended[0, 1] == 100).all()


def test_what_comes_into_view_begins_as_it_is_revealed():
    start = guide().start(np.full((1, 2, 3), 7.0))
    np.testing.assert_array_equal(start[0, :, 0], [40, 7])


def test_what_comes_back_begins_as_it_was_painted_before():
    (near,) = guide().wanted
    far = Wanted(4, np.full((1, 2, 3), 90.0), ~near.mask)
    start = Guide((near, far), near.mask).start(np.full((1, 2, 3), 7.0))
    np.testing.assert_array_equal(start[0, :, 0], [40, 90])
