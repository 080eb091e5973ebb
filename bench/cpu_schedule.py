"""A simulation of more threads than a machine has cores, from the lengths of recorded tasks.

Threads take tasks in order, each the next when it is done with one, and wait at the end of a step
for the others: as `backpaint.cpu.threads.team.Queue` does.  Python's lock is a queue of its own: a
task holds it for a part of its time, a little at each of its calls.  What is left out: that a
thread takes a while to wake up, memory that becomes slower when more threads use it, and clocks
that become slower.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """A task as it was recorded.

    Attributes
    ----------
    seconds : float
        How long it took on one thread.
    locked : float
        Of these, under Python's lock.
    calls : int
        How often it takes the lock again.
    """

    seconds: float
    locked: float = 0.0
    calls: int = 1


Step = Sequence[Work]
"""Tasks that may run side by side."""


def length_of(steps: Iterable[Step], threads: int) -> float:
    """Return how long some steps take, one after the other.

    Parameters
    ----------
    steps : iterable of sequence of Work
    threads : int
    """
    return sum(_step_length(step, threads) for step in steps)


def _step_length(step: Step, threads: int) -> float:
    """Play one step: events are when a thread wants the lock again, in the order of time."""
    events: list[tuple[float, int, int]] = []  # when, thread, calls left
    rest = iter(step)
    running: dict[int, Work] = {}
    end = lock_free = 0.0

    def begin(thread: int, now: float) -> None:
        work = next(rest, None)
        if work is not None:
            running[thread] = work
            heapq.heappush(events, (now, thread, work.calls))

    for thread in range(min(threads, len(step))):
        begin(thread, 0.0)
    while events:
        now, thread, calls = heapq.heappop(events)
        work = running[thread]
        held, free = work.locked / work.calls, (work.seconds - work.locked) / work.calls
        if held:
            now = lock_free = max(now, lock_free) + held
        now += free
        if calls > 1:
            heapq.heappush(events, (now, thread, calls - 1))
        else:
            end = max(end, now)
            begin(thread, now)
    return end
