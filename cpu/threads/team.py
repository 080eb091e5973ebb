"""A team of threads that shares out numbered tasks, with BLAS held to one thread a task."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any
from weakref import WeakSet

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from ...errors import UsageError

Task = Callable[[int, int], None]
"""Called with the slot of the thread that runs it (0, 1, ... one a thread) and the task's number.

A slot belongs to one thread during a run, so scratch memory chosen by slot is never shared.
"""


Step = Sequence[tuple[Task, int]]
"""Tasks that may run side by side, each with the count of its numbers."""


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
    NumPy releases the GIL while it computes, so plain threads are enough, with the GIL or in a
    Python that has none.  Which thread runs which task is chance; tasks therefore write to
    different places and never add to a common sum.  That makes every result the same for any number
    of threads.
    """

    def __init__(self, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads}; give 1 or more")
        self.threads = threads or available_processors()
        self._renew()
        _teams.add(self)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold the team exclusively, with BLAS limited to one thread; other callers wait."""
        with self._alone, single_threaded_blas():
            yield

    def run(self, task: Task, count: int) -> None:
        """Run ``task(slot, number)`` for every number below `count`; the caller works too."""
        self.run_steps([[(task, count)]])

    def run_steps(self, steps: Sequence[Step]) -> None:
        """Run one step after the other, like `run`, and keep the threads awake in between."""
        queue = Queue(steps)
        count = min(self.threads, queue.widest)
        helpers = [self._pool.submit(queue.work, slot) for slot in range(1, count)]
        try:
            queue.work(0)
        finally:
            for helper in helpers:
                helper.result()

    def _renew(self) -> None:
        """Start without threads; in a forked child, where only the forking thread lives on."""
        self._alone = threading.Lock()
        self._pool = ThreadPoolExecutor(
            max(1, self.threads - 1), "backpaint-cpu", initializer=limit_this_thread
        )


class Queue:
    """Tasks in steps: those of a step begin when all of the step before are over.

    Parameters
    ----------
    steps : sequence of Step

    Attributes
    ----------
    widest : int
        How many tasks the largest step has.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        steps = [step for step in steps if any(count for _, count in step)]
        counts = [sum(count for _, count in step) for step in steps]
        self.widest = max(counts, default=0)
        self._lock = threading.Lock()
        self._left = counts
        self._over = [threading.Event() for _ in steps]
        self._failed = False
        # A deque gives each task to one thread alone; without the GIL an iterator need not.
        self._tasks = deque(
            (index, task, number)
            for index, step in enumerate(steps)
            for task, count in step
            for number in range(count)
        )

    def work(self, slot: int) -> None:
        """Run tasks until none is left, or one has failed."""
        # Overflow becomes infinity in the result, where the run looks for it.
        with np.errstate(over="ignore", invalid="ignore"):
            for step, task, number in self._handed_out():
                if step > 0:
                    self._over[step - 1].wait()
                if self._failed:
                    return
                self._run(step, task, slot, number)

    def _handed_out(self) -> Iterator[tuple[int, Task, int]]:
        with suppress(IndexError):
            while True:
                yield self._tasks.popleft()

    def _run(self, step: int, task: Task, slot: int, number: int) -> None:
        """Run a task, and open the next step if it was the last one of its own."""
        try:
            task(slot, number)
        except BaseException:
            self._failed = True
            for over in self._over:
                over.set()
            raise
        with self._lock:
            self._left[step] -= 1
            if self._left[step] == 0:
                self._over[step].set()


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


class _Limit:
    """BLAS's limit, the whole process's: the first to come sets it, the last to go lifts it.

    Whoever comes after another library was loaded sets it for that one, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limited: Any = None
        self._limits: list[Any] = []

    def enter(self) -> None:
        with self._lock:
            if (found := _controller()) is not self._limited:
                _take_control()
                self._limits.append(found.limit(limits=1, user_api="blas"))
                self._limited = found
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._restore()

    def after_fork(self) -> None:
        """Forget users that the child process does not have."""
        self._lock = threading.Lock()
        if self._users:
            self._users = 0
            self._restore()

    def _restore(self) -> None:
        _take_control()
        while self._limits:  # the newest first: it found the others' libraries limited
            self._limits.pop().restore_original_limits()
        self._limited = None
        _take_control()


def _controller() -> Any:
    """Find the loaded BLAS libraries, of which SciPy brings its own when it is first used."""
    return _found(with_scipy="scipy.linalg._fblas" in sys.modules)


@cache
def _found(*, with_scipy: bool) -> Any:
    """Look once without SciPy's and once with it: each look takes milliseconds."""
    return ThreadpoolController()


def _take_control() -> None:
    """Let any thread set the limit; from 3.7 on, threadpoolctl lets only the one that began."""
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


def limit_this_thread() -> Any:
    """Hold libraries of OpenMP to one thread in the calling thread: they count for each apart.

    Returns what restores the former count.  A team's own threads do this once, when they start:
    their tasks call NumPy's library alone, which is older than they are.
    """
    return _controller().select(threading_layer="openmp").limit(limits=1, user_api="blas")


_limit = _Limit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_limit.after_fork)


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold BLAS to one thread, as long as any thread of this process is inside.

    A library of OpenMP is held in each thread that is inside, and as before in each that has left.
    """
    own = limit_this_thread()  # around the others: who leaves last may be another thread
    try:
        _limit.enter()
        try:
            yield
        finally:
            _limit.leave()
    finally:
        own.restore_original_limits()
