"""Streams, and graphs that replay what a stream was asked to do during a capture."""

import time
from collections.abc import Callable
from typing import Any

Work = Callable[[], None]


class Graph:
    """The recording of a capture."""

    def __init__(self, works: list[Work]) -> None:
        self._works = works

    def launch(self, stream: "Stream | None" = None) -> None:
        """Do all of it again, in the same order, with the same arrays."""
        forbid_while_capturing("a graph is launched")
        for work in self._works:
            work()

    def upload(self, stream: "Stream | None" = None) -> None:
        """Prepare the first launch; nothing to do here."""


class Stream:
    """A queue of work, which is done at once unless it is captured."""

    def __init__(self, null: bool = False, non_blocking: bool = False) -> None:
        self._captured: list[Work] | None = None
        self._before: list[Stream] = []
        self.ptr = 0 if null else id(self)

    def __enter__(self) -> "Stream":
        global _current
        self._before.append(_current)
        _current = self
        return self

    def __exit__(self, *error: Any) -> None:
        global _current
        _current = self._before.pop()

    def use(self) -> "Stream":
        """Make it the current stream."""
        global _current
        _current = self
        return self

    def begin_capture(self, mode: Any = None) -> None:
        """Record work instead of doing it."""
        global _capturing
        if self.ptr == 0:
            raise RuntimeError("the default stream cannot be captured")
        if _capturing is not None:
            raise RuntimeError("a capture is going on already")
        self._captured = []
        _capturing = self

    def end_capture(self) -> Graph:
        """Return what was recorded since `begin_capture`."""
        global _capturing
        if self._captured is None:
            raise RuntimeError("no capture is going on")
        works, self._captured, _capturing = self._captured, None, None
        return Graph(works)

    def is_capturing(self) -> bool:
        """Whether work is recorded."""
        return self._captured is not None

    def synchronize(self) -> None:
        """Wait until everything is done, which it is."""
        forbid_while_capturing("a stream is waited for")

    def issue(self, work: Work) -> None:
        """Do something, or record it."""
        if self._captured is not None:
            self._captured.append(work)
        else:
            forbid_while_capturing("work goes to another stream")
            work()

    def wait_event(self, event: "Event") -> None:
        """Let later work wait for an event; work is done at once here."""


class Event:
    """A moment in a stream."""

    def __init__(self, block: bool = False, disable_timing: bool = False) -> None:
        self.time: float | None = None
        self.is_timed = not disable_timing

    def record(self, stream: Stream | None = None) -> None:
        """Take the time when the stream comes to this point."""

        def work() -> None:
            self.time = time.perf_counter()

        (stream or _current).issue(work)

    def synchronize(self) -> None:
        """Wait for the moment."""
        forbid_while_capturing("an event is waited for")


def get_elapsed_time(start_event: Event, end_event: Event) -> float:
    """Return the milliseconds between two events.

    Raises
    ------
    RuntimeError
        If one of them takes no time, or has not been recorded.
    """
    events = start_event, end_event
    begin, end = (event.time if event.is_timed else None for event in events)
    if begin is None or end is None:
        raise RuntimeError("an event has no time: it was not recorded, or takes none")
    return (end - begin) * 1e3


_current = Stream(null=True)
_capturing: Stream | None = None


def get_current_stream() -> Stream:
    """Return the stream that work goes to."""
    return _current


def issue(work: Work) -> None:
    """Add work to the current stream."""
    _current.issue(work)


def forbid_while_capturing(what: str) -> None:
    """Refuse what a device refuses during a capture: to wait, to copy to the host, to allocate.

    Raises
    ------
    RuntimeError
        If a capture is going on.
    """
    if _capturing is not None:
        raise RuntimeError(f"{what} during the capture of a graph, which a device refuses")


def abandon_capture() -> None:
    """Forget a capture that an error has interrupted."""
    global _capturing, _current
    if _capturing is not None:
        _capturing._captured = None
    _capturing = None
    _current = Stream(null=True)
