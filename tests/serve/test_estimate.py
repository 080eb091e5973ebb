"""The estimate's pace: measured again after a while, the quickest counts."""

from types import SimpleNamespace

import pytest

import backpaint
from backpaint.presets import load_preset, recipe
from backpaint.serve.processes import estimate
from backpaint.serve.processes.order import Order, Picture


@pytest.fixture
def clock(monkeypatch):
    """Let a test say what time it is."""
    now = [100.0]
    monkeypatch.setattr(estimate, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(estimate, "_MEASURED", {})
    return now


def test_what_was_measured_in_a_busy_moment_is_not_kept(clock, monkeypatch):
    measured = iter([9.0, 2.0, 5.0])
    monkeypatch.setattr(estimate, "_measure", lambda engine, recipe: next(measured))
    recipe, seen = load_preset("gatys"), []
    for seconds in (0, estimate.FRESH / 2, estimate.FRESH, estimate.FRESH):
        clock[0] += seconds
        seen.append(estimate._pace("engine", recipe))
    assert seen == [9, 9, 2, 2]


@pytest.mark.parametrize(("styles", "engine"), [(1, "gpu"), (2, "cpu")])
def test_an_engine_is_chosen_that_refuses_nothing_of_the_order(monkeypatch, styles, engine):
    monkeypatch.setattr(backpaint.GPU, "require_usable", lambda self: None)
    order = Order(
        recipe=recipe("gatys", changes={"style.blend": "targets"}),
        content=Picture("", "cat.png"),
        styles=(Picture("", "swirls.png"),) * styles,
        shares=(1.0,) * styles,
        engine="auto",
        threads=3,
        seed=0,
    )
    chosen = estimate._session(order, [(64, 48)] * (1 + styles)).engine
    assert chosen.name == engine
    assert getattr(chosen, "threads", 3) == 3
