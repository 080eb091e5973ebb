"""Times on the device, by events on the current stream, and recordings of what it does."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any

from .device import xp

WARM_UPS = 3
CALLS = 20
"""Of a launch in one recording: a replay of so many lasts longer than asking for the next one."""
ENOUGH_MS = 2.0
"""Fewer calls do, where they last as long as this."""


def event_ms(launch: Callable[[], None], runs: int) -> float:
    """Take the median time of a launch, after a few that are not counted.

    The host's own work for the launch counts wherever the device has to wait for it.

    Parameters
    ----------
    launch : callable
        Gives work to the current stream, which must not be captured.
    runs : int
        How many times are measured.

    Returns
    -------
    float
        Milliseconds, never 0.
    """
    times = [_between_events(launch) for _ in range(WARM_UPS + runs)]
    return median(times[WARM_UPS:])


def _between_events(launch: Callable[[], None]) -> float:
    """Time a launch and the host's work for it, in milliseconds, never 0."""
    cuda = xp().cuda
    begin, end = cuda.Event(), cuda.Event()
    begin.record()
    launch()
    end.record()
    end.synchronize()
    return max(float(cuda.get_elapsed_time(begin, end)), 1e-6)


def replayed_ms(launch: Callable[[], None], runs: int) -> float:
    """Take the median time of a launch as a CUDA graph has it: the device's alone.

    A graph of up to `CALLS` launches is replayed, once more than is counted, and nothing is waited
    for in between: so each replay is asked for while the one before it goes on.

    Parameters
    ----------
    launch : callable
        Gives work to the current stream; allocates nothing once it was called.
    runs : int
        How many replays are measured.

    Returns
    -------
    float
        Milliseconds a launch, never 0.
    """
    cuda = xp().cuda
    stream = cuda.get_current_stream()
    launch()  # which compiles
    once = min(_between_events(launch) for _ in range(3))  # the host may have been busy
    calls = min(CALLS, ceil(ENOUGH_MS / once))

    def several() -> None:
        for _ in range(calls):
            launch()

    graph = recorded(several, stream)
    events = [cuda.Event() for _ in range(runs + 1)]
    for event in events:
        graph.launch(stream)
        event.record()
    events[-1].synchronize()
    times = [float(cuda.get_elapsed_time(*pair)) / calls for pair in pairwise(events)]
    return max(median(times), 1e-6)


def recorded(launch: Callable[[], None], stream: Any) -> Any:
    """Record a launch; whatever interrupts that, the stream can be used afterwards.

    Parameters
    ----------
    launch : callable
        Gives work to `stream`.
    stream : CUDA stream
        The current one, and not the default one, which cannot be captured.

    Returns
    -------
    CUDA graph
    """
    stream.begin_capture()
    try:
        launch()
    finally:
        graph = stream.end_capture()
    return graph
