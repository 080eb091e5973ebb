"""A team of threads that shares out numbered tasks, with BLAS held to one thread a task."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from weakref import WeakSet

import numpy as np

from ..errors import UsageError
from .blas import limit_this_thread, single_threaded_blas

Task = Callable[[int, int], None]
"""Called with the slot of the thread that runs it (0, 1, ... one a thread) and the task's number.

A slot belongs to one thread during a run, so scratch memory chosen by slot is never shared.
"""


class Team:
    """Threads that work on one thing at a time.

    Parameters
    ----------
    threads : int, optional
        How many, the calling one included; the number of processors that this process may use.

    Raises
    ------
    UsageError
        If `threads` is less than 1.

    Notes
    -----
    NumPy lets go of Python's global lock while it computes, so plain threads are enough.  Which
    thread runs which task is chance; tasks therefore write to different places and never add to a
    common sum.  That makes every result the same for any number of threads.
    """

    def __init__(self, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads}; give 1 or more")
        self.threads = threads or available_processors()
        self._renew()
        _teams.add(self)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the team for oneself, with BLAS at one thread; others wait."""
        with self._alone, single_threaded_blas():
            yield

    def run(self, task: Task, count: int) -> None:
        """Run ``task(slot, number)`` for every number below `count`; the caller works too."""
        numbers = iter(range(count))  # shared: each number is handed out once

        def work(slot: int) -> None:
            # Overflow becomes infinity in the result, where the run looks for it.
            with np.errstate(over="ignore", invalid="ignore"):
                for number in numbers:
                    task(slot, number)

        helpers = [self._pool.submit(work, slot) for slot in range(1, min(self.threads, count))]
        try:
            work(0)
        finally:
            for helper in helpers:
                helper.result()

    def _renew(self) -> None:
        """Start without threads; in a forked child, where only the forking thread lives on."""
        self._alone = threading.Lock()
        self._pool = ThreadPoolExecutor(
            max(1, self.threads - 1), "backpaint-cpu", initializer=limit_this_thread
        )


def available_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_teams: WeakSet[Team] = WeakSet()


def _renew_all() -> None:
    for team in list(_teams):
        team._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
