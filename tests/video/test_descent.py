from dataclasses import replace as replace_fields

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint import CPU
from backpaint.engine import engine
from backpaint.errors import UsageError
from backpaint.examples import example_path
from backpaint.painting.control import Control
from backpaint.painting.run import run
from backpaint.painting.session import open_session
from backpaint.presets import recipe
from backpaint.problem.recipe import Adam
from backpaint.video.descent import DescentPainter
from backpaint.video.flow.guide import Guide, Wanted
from backpaint.video.flow.revealed import revealed_start
from backpaint.video.flow.warp import warp
from backpaint.video.memory import Memory
from backpaint.video.way import descent_painter

from .clips import STEP, known_flow, pan

LAYERS = {"style.layers": {"relu1_1": 1.0, "relu2_1": 1.0}, "content.layers": {"relu2_2": 1.0}}


def painter(frames, stability=1.0, **changes):
    made = recipe("gatys", size=32, changes={**LAYERS, **changes})
    session = open_session(frames[0].pixels, example_path("swirls"), made, engine=CPU(threads=1))
    return DescentPainter(session.build(), (6, 3), stability)


def test_a_clip_needs_room_for_its_temporal_terms_before_it_begins(monkeypatch):
    (frame,) = pan(1)
    session = open_session(frame.pixels, frame.pixels, recipe("gatys", size=32), engine="cpu")
    needed = session.engine.estimate_bytes(session.prepared.problem)
    monkeypatch.setattr(engine, "available_bytes", lambda: needed)
    session.build()
    with pytest.raises(UsageError, match=r"of memory, and .* are free"):
        descent_painter(session, (6, 3), 1.0)


def paint(frames, one, look_back=(1,)):
    memory, painted = Memory(look_back), []
    for frame in frames:
        painted.append(one.paint(frame, memory.guide(frame, known_flow), Control()))
        memory.remember(frame, painted[-1])
    return painted


def disagreement(frames, painted):
    inside = (slice(0, -STEP[1]), slice(0, -STEP[0]))
    pairs = zip(frames[1:], frames, painted[1:], painted, strict=False)
    return np.mean(
        [
            np.square(now.seen - warp(before.seen, known_flow(frame, last)))[inside].mean()
            for frame, last, now, before in pairs
        ]
    )


@pytest.fixture(scope="module")
def frames():
    return pan(3)


def test_frames_agree_better_with_the_temporal_term(frames):
    bound, loose = paint(frames, painter(frames)), paint(frames, painter(frames, 0.0))
    alone = [painter(frames).paint(frame, None, Control()) for frame in frames]
    assert disagreement(frames, bound) < 0.5 * disagreement(frames, loose)
    assert disagreement(frames, bound) < 0.1 * disagreement(frames, alone)
    assert "temporal 1" in bound[1].facts["terms"]
    assert "temporal 1" not in bound[0].facts["terms"]
    assert bound[2].facts["base"] == bound[0].facts["loss"]


def test_farther_frames_are_asked_where_the_nearer_does_not_know(frames):
    memory = Memory((1, 2))
    one = painter(frames)
    for frame in frames[:2]:
        memory.remember(frame, one.paint(frame, memory.guide(frame, known_flow), Control()))
    near, far = memory.guide(frames[2], known_flow).wanted
    assert (near.distance, far.distance) == (1, 2)
    assert not (near.mask & far.mask).any()


def test_a_scene_that_is_cut_begins_anew(frames):
    one, memory = painter(frames), Memory((1,))
    memory.remember(frames[0], one.paint(frames[0], None, Control()))

    def lost(here, there):
        return np.full((32, 32, 2), 40.0)  # out of the frame

    assert memory.guide(frames[1], lost) is None
    assert memory.guide(frames[1], known_flow) is None  # nothing is left of the scene before


def test_a_frame_that_meets_infinity_does_not_end_the_film(frames):
    wild = {"optimizer": {"method": "gradient-descent", "iterations": 3, "rate": 1e200}}
    painted = paint(frames[:2], painter(frames, **wild))
    for one in painted:
        assert "NaN or infinity" in one.error
        assert np.isfinite(one.seen).all()
    assert "temporal 1" not in painted[1].facts["terms"]


def test_a_run_takes_another_optimizer(frames):
    objective = painter(frames).objective
    other = Adam(iterations=2, rate=1.0)
    found = run(objective, objective.initial(), optimizer=other)
    told = replace(objective.problem.recipe, optimizer=other)
    objective.problem = replace_fields(objective.problem, recipe=told)
    assert found.iterations == 2
    np.testing.assert_array_equal(found.x, run(objective, objective.initial()).x)


def test_what_comes_into_view_begins_a_descent_as_its_like_was_painted(frames):
    still = {"optimizer": {"method": "gradient-descent", "iterations": 1, "rate": 1e-30}}
    shown = np.ones((32, 32), bool)
    shown[:, 24:] = False
    painted = np.random.default_rng(0).uniform(0, 255, (32, 32, 3))
    guide = Guide((Wanted(1, painted, shown),), shown)
    found = painter(frames, 0.0, **still).paint(frames[0], guide, Control())
    start = revealed_start(frames[0].pixels, guide)
    assert np.abs(found.seen - start).max() < 1
    assert np.abs(start - guide.start(frames[0].pixels)).max() > 9
