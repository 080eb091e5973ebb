"""How long a run waits for workers that are all gone, by a clock of the test's own."""

from typing import ClassVar

import pytest

from backpaint.cluster import dask_crew
from backpaint.errors import RunError


class Clock:
    """Time that passes while somebody sleeps."""

    now = 1000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Ghosts(dask_crew.DaskCrew):
    """A crew of which the test says how many there are."""

    workers: ClassVar = {"one": False, "another": True}

    def __init__(self):
        self._at, self._last_look, self._alone_since = "this machine", 0.0, None


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(dask_crew, "time", clock)
    return clock


def wait(crew, clock, seconds):
    end = clock.now + seconds
    while clock.now < end:
        assert crew.ended([], 0.5) == []


def test_a_run_ends_thirty_seconds_after_its_last_worker_was_missed(clock):
    crew = Ghosts()
    wait(crew, clock, 100)
    crew.workers, gone = {}, clock.now
    with pytest.raises(RunError, match="no worker is left at this machine"):
        wait(crew, clock, 100)
    assert 30 <= clock.now - gone <= 30 + 2 * dask_crew.LOOK + 1


def test_workers_that_come_back_are_waited_for_anew(clock):
    crew = Ghosts()
    for workers, seconds in (({}, 25), ({"one": False}, 10), ({}, 25)):
        crew.workers = workers
        wait(crew, clock, seconds)
