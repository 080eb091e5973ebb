from pathlib import Path

import numpy as np
import pytest

import backpaint

from .video.clips import read_clip, write_clip
from .video.flows import write_flows

pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    write_flows(folder, 3, (24, 32))
    clip = write_clip(folder / "in.mp4", count=3)
    return {"clip": clip, "flow": str(folder / "{0}-{1}.flo"), "size": 32}


def test_a_clip_is_painted_from_arrays_of_styles_and_told_frame_by_frame(given, tmp_path, pictures):
    film, said = tmp_path / "out.mp4", []
    style = np.random.default_rng(0).uniform(0, 255, (32, 32, 3))
    painted = backpaint.paint_video(
        style=[style, pictures["swirls"]], film=film, fast=True, say=said.append, **given
    )
    assert [frame["frame"] for frame in painted.frames] == [1, 2, 3]
    assert [frame["cut"] for frame in painted.frames] == [True, False, False]
    assert not painted.interrupted
    assert said[-1].startswith("frame 3 of 3")
    source, tone = read_clip(given["clip"])
    frames, sound = read_clip(painted.path)
    assert [time for time, _ in frames] == [time for time, _ in source]
    assert sound == tone
    assert [path.name for path in tmp_path.glob("out*")] == ["out.mp4"]


@pytest.fixture
def stopped(given, tmp_path, pictures):
    """A film that was stopped after its first frame, and what it was asked."""
    write_flows(tmp_path, 3, (24, 32))
    flow, control = str(tmp_path / "{0}-{1}.flo"), backpaint.Control()
    asked = given | {"flow": flow, "style": pictures["swirls"], "fast": True}
    asked |= {"film": tmp_path / "out.mp4"}

    def stop(line):
        if line.startswith("frame 1"):
            control.stop()

    return asked, backpaint.paint_video(**asked, control=control, say=stop)


def test_a_film_that_was_stopped_goes_on_unless_it_is_another(stopped, monkeypatch):
    """By another method, or by flows that were written anew."""
    asked, first = stopped
    assert (first.interrupted, len(first.frames), first.count) == (True, 1, 3)
    with pytest.raises(backpaint.UsageError, match="go on with --resume"):
        backpaint.paint_video(**asked)
    with monkeypatch.context() as patched:
        patched.setattr("backpaint.video.plan.METHOD", 0)
        with pytest.raises(backpaint.UsageError, match="is of another run: method differ; "):
            backpaint.paint_video(**asked, resume=True)
    flow = Path(asked["flow"].format(3, 2))
    written = flow.read_bytes()
    flow.write_bytes(written[:-4] + bytes(4))
    with pytest.raises(backpaint.UsageError, match="is of another run: flow differ; "):
        backpaint.paint_video(**asked, resume=True)
    flow.write_bytes(written)
    rest = backpaint.paint_video(**asked, resume=True)
    assert (rest.interrupted, len(rest.frames)) == (False, 3)
    assert rest.frames[:1] == first.frames


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"film": "out.avi"}, r"out.avi: expected a film's name that ends in .mp4"),
        ({"strength": 0.5}, "strength came without fast"),
        ({"fast": True, "changes": {"style.weight": 1}}, "changes is of a descent"),
        ({"fast": True, "seed": 3}, "seed is of a descent"),
        ({"fast": True, "optimizer_on": "cpu"}, "optimizer_on is of a descent"),
        ({"clip": None}, "clip is None; expected the name of a file"),
        ({"film": 3}, "film is 3; expected the name of a file"),
        ({"control": 3}, "control is 3; expected a backpaint.Control"),
        ({"resume": "no"}, "resume is 'no'; expected True or False"),
        ({"iterations": (0,)}, r"iterations is \(0,\); expected one number from 1"),
        ({"look_back": (2,)}, r"look_back is \(2,\); expected growing numbers"),
        ({"stability": "x"}, "stability is 'x'; expected a number from 0"),
        ({"start": "0:09", "end": 4}, "the end, 4 s, is not behind the start, 9 s"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_left(given, tmp_path, pictures, wrong, said):
    asked = given | {"style": pictures["swirls"], "film": tmp_path / "out.mp4"} | wrong
    with pytest.raises(backpaint.UsageError, match=said):
        backpaint.paint_video(**asked)
    assert not [*tmp_path.glob("out*")]
