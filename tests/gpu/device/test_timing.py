"""Times of launches: the host's own work is none of them."""

import time

import numpy as np
import pytest

from backpaint.gpu.device import timing
from backpaint.gpu.device.device import to_host, xp
from backpaint.gpu.device.timing import event_ms, replayed_ms
from backpaint.gpu.operations.relu import launch_relu_forward

pytestmark = pytest.mark.usefixtures("emulated")

HOST_MS = 20.0


def test_work_of_the_host_between_launches_does_not_count(monkeypatch):
    monkeypatch.setattr(timing, "WARM_UPS", 1)
    x, y = xp().asarray(np.array([-1.0, 2.0])), xp().zeros(2)
    calls: list[float] = []

    def launch() -> None:
        calls.append(time.sleep(HOST_MS / 1e3) or 1.0)
        launch_relu_forward(x, out=y)

    with xp().cuda.Stream(non_blocking=True):
        assert event_ms(launch, 1) > HOST_MS
        calls.clear()
        assert 0 < replayed_ms(launch, 3) < HOST_MS / 2
    assert len(calls) == 5  # to compile, three to tell how long it is, to be recorded
    assert list(to_host(y)) == [0, 2]


def test_a_replays_time_is_that_of_one_launch(monkeypatch):
    """The stand-in's stream can be told to take its time."""
    monkeypatch.setattr(timing, "ENOUGH_MS", 1000)
    monkeypatch.setattr(timing, "CALLS", 5)
    with xp().cuda.Stream(non_blocking=True) as stream:
        found = replayed_ms(lambda: stream.issue(lambda: time.sleep(0.005)), 3)
    assert 5 <= found < 25  # of five it would be more
