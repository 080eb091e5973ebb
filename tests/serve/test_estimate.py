"""The estimate's pace: measured again after a while, the quickest counts."""

from types import SimpleNamespace

import pytest

from backpaint.presets import load_preset
from backpaint.serve.processes import estimate


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
