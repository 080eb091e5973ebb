"""Several processes that paint, each started anew where it dies."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from ..isolation.boot import boot_command
from ..painting.control import POLL, Control
from ..serve.processes.frames import HEADER
from .order import Order

MODULE = f"{__package__}.child"
TRIES = 2
"""A picture whose process dies so often is given up."""
PATIENCE = 30.0
"""Seconds that children have to end an evaluation and to keep their runs, once stopped."""

Outcome = tuple[Order, dict[str, Any]]
Say = Callable[[str], None]


class ChildDied(Exception):
    """An error: a child ended before it answered."""


class Child:
    """A process that paints one picture after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            boot_command(MODULE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent
        )

    @property
    def number(self) -> int:
        """The process's number."""
        return self._process.pid

    def paint(self, order: Order, note: Any) -> dict[str, Any]:
        """Let it paint, and wait for its answer.

        Raises
        ------
        ChildDied
            With a sentence that tells how.
        """
        try:
            self._send(json.dumps(msgspec.to_builtins(order)))  # ASCII
            while "note" in (message := self._message()):
                note(message["note"])
        except (OSError, EOFError):
            raise ChildDied(self._ending()) from None
        return message

    def stop(self) -> None:
        """Ask it to keep its run and end."""
        with suppress(OSError, ValueError):
            self._send("stop")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """Let it end by itself; it has nothing to do."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()
        self._process.wait()

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def _message(self) -> dict[str, Any]:
        _, size = HEADER.unpack(self._read(HEADER.size))
        return msgspec.json.decode(self._read(size), type=dict[str, Any])

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        body = self._process.stdout.read(size)
        if len(body) < size:
            raise EOFError
        return body

    def _ending(self) -> str:
        code = self._process.wait()
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        return f"its process ended {how}, {TRIES} times"


class Children:
    """Children that share the orders of a batch.

    Parameters
    ----------
    orders : sequence of Order
    jobs : int
        How many paint at a time.

    Attributes
    ----------
    count : int
        The same.
    name : str
        What a person calls one of them.
    children : list of Child
        Those that run now.
    """

    name = "job"

    def __init__(self, orders: Sequence[Order], jobs: int) -> None:
        self.count = jobs
        self._waiting, self._outcomes = SimpleQueue[Order](), SimpleQueue[Outcome]()
        for order in orders:
            self._waiting.put(order)
        self._note: Say = lambda text: None
        self._is_stopped = False
        self._lock = threading.Lock()
        self.children: list[Child] = []
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(min(jobs, len(orders)))
        ]

    def outcomes(self, control: Control, note: Say) -> Iterator[Outcome]:
        """Paint, and yield what becomes of each picture as it is known.

        Parameters
        ----------
        control : Control
            Stops all; pictures that are being painted then have no outcome.
        note : callable
            Called with what a person should know, from any thread.
        """
        self._note = note
        for thread in self._threads:
            thread.start()
        deadline = None
        try:
            while any(thread.is_alive() for thread in self._threads):
                yield from self._known()
                if control.reason is not None and deadline is None:
                    self._stop()
                    deadline = time.monotonic() + PATIENCE
                if deadline is not None and time.monotonic() > deadline:
                    break
            yield from self._known(wait=False)
        finally:
            self._end()

    def _known(self, *, wait: bool = True) -> Iterator[Outcome]:
        with suppress(Empty):
            while True:
                yield self._outcomes.get(timeout=2 * POLL) if wait else self._outcomes.get_nowait()
                wait = False

    def _work(self) -> None:
        """Paint until nothing waits, with one child as long as it lives."""
        child: Child | None = None
        with suppress(Empty):
            while not self._is_stopped:
                child, told = self._painted(order := self._waiting.get_nowait(), child)
                if told is not None:
                    self._outcomes.put((order, told))
        if child is not None:
            self._let_go(child)

    def _painted(
        self, order: Order, child: Child | None
    ) -> tuple[Child | None, dict[str, Any] | None]:
        """Paint a picture; return the child, if it lives, and its answer, unless it was stopped."""
        trouble = ""
        for _ in range(TRIES):
            child = child or self._new_child()
            if child is None:
                return None, None
            try:
                told = child.paint(order, self._note)
            except ChildDied as died:
                self._let_go(child)
                child, trouble = None, str(died)
            else:
                return child, None if "stopped" in told else told
        return None, None if self._is_stopped else {"error": trouble}

    def _new_child(self) -> Child | None:
        """Start a child, unless all are to end."""
        with self._lock:
            if self._is_stopped:
                return None
            child = Child()
            self.children.append(child)
            return child

    def _let_go(self, child: Child) -> None:
        with self._lock:
            self.children.remove(child)
        child.close()

    def _stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            for child in self.children:
                child.stop()

    def _end(self) -> None:
        """Leave no process behind, whatever it is doing."""
        with self._lock:
            self._is_stopped = True
            for child in self.children:
                child.kill()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
