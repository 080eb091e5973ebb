"""Hold BLAS to one thread while a team works, and put its limit back afterwards."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


class _Limit:
    """The limit is the whole process's: the first to come sets it, the last to go lifts it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._users == 0:
                _take_control()
                self._limits = _controller().limit(limits=1, user_api="blas")
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
        self._limits.restore_original_limits()
        _take_control()


@cache
def _controller() -> Any:
    """Find the loaded BLAS libraries; takes milliseconds, so only once."""
    return ThreadpoolController()


def _take_control() -> None:
    """Let any thread set the limit; from 3.7 on, threadpoolctl lets only the one that began."""
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


def limit_this_thread() -> None:
    """Hold OpenMP libraries to one thread in the calling thread: they count for each apart."""
    _controller().select(threading_layer="openmp").limit(limits=1, user_api="blas")


_limit = _Limit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_limit.after_fork)


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold BLAS to one thread, as long as any thread of this process is inside."""
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()
