"""One child process for several files: a painting needs two pictures, a batch hundreds."""

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .answer import Answer
from .child import Child
from .limits import Limits

_IDLE_SECONDS = 5.0


class SharedChild:
    """Starts a `Child` when it is first needed, and ends it when nothing was asked for a while.

    Calls may come from any thread, and wait for each other.

    Parameters
    ----------
    module : str
        As for `Child`.
    limits : Limits, optional
        Of memory and time.
    """

    def __init__(self, module: str, limits: Limits | None = None) -> None:
        self._module, self._limits = module, limits
        self._child: Child | None = None
        self._begin_alone()
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin_alone)

    @contextmanager
    def call(self, function: Callable[..., Any], *arguments: Any) -> Iterator[Answer]:
        """Call a function as `Child.call` does; after any exception, the next gets a new child."""
        with self._lock:
            self._idle.cancel()
            child = self._take() or Child(self._module, self._limits)
            try:
                with child.call(function, *arguments) as answer:
                    yield answer
            except BaseException:
                child.close()
                raise
            self._child = child
            self._wait_for_more()

    def close(self) -> None:
        """End the child if there is one."""
        with self._lock:
            child, self._child = self._child, None
            if child is not None:
                child.close()

    def _take(self) -> Child | None:
        """Return the child that waits, unless it ended meanwhile: no file is to blame for that."""
        child, self._child = self._child, None
        if child is None or child.is_running:
            return child
        child.close()
        return None

    def _wait_for_more(self) -> None:
        self._idle = threading.Timer(_IDLE_SECONDS, self.close)
        self._idle.daemon = True
        self._idle.start()

    def _begin_alone(self) -> None:
        """Start without a child, also in a fork: its pipes, locks and timers are another's."""
        if self._child is not None:
            self._child.forget()
        self._child = None
        self._lock = threading.Lock()
        self._idle = threading.Timer(_IDLE_SECONDS, self.close)
