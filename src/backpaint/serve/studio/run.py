"""One run, from the queue to its painting; all that is known of it lives here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ...errors import UsageError
from ..processes.order import Order, Request, film_file, kept_file, seen_file
from ..processes.worker import Worker
from .changes import Changes
from .records import SECONDS, Records

RUN = f"{__package__.rpartition('.')[0]}.processes.run"
LONGEST_NAME = 200
"""Letters of a painting's file, about."""
STOP = 10.0
"""Seconds that a run has to stop by itself, besides `STOP_EVALUATIONS` of its evaluations."""
STOP_EVALUATIONS = 5
"""As many as its longest: it stops between two, and the next may take longer than any so far."""
OVER = ("done", "stopped", "failed")
"""States that do not end."""


@dataclass(eq=False)
class Run:
    """A run.

    Attributes
    ----------
    number : int
    request : Request
        As the page sent it.
    order : Order
    changes : Changes
        Told of everything.
    facts : dict
        Size, engine, expected evaluations, seconds left, and the command that does the same.
    state : str
        waiting, starting, running, paused, stopping, or one of `OVER`.
    reason : str
        Why it ended, in words.
    picture : bytes
        The latest preview; empty until there is one.
    version : int
        Counts previews.
    kept : int
        Counts how often its picture was written on demand.
    longest : float
        Seconds of the longest evaluation so far.
    is_removed : bool
        Whether nobody wants its files any more.
    """

    number: int
    request: Request
    order: Order
    changes: Changes
    facts: dict[str, Any]
    state: str = "waiting"
    reason: str = ""
    picture: bytes = b""
    version: int = 0
    kept: int = 0
    longest: float = 0.0
    is_removed: bool = False
    records: Records = field(default_factory=Records)
    worker: Worker | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER

    @property
    def painting(self) -> Path | None:
        """The file of the finished painting, if there is one."""
        path = Path(self.order.painting)
        return path if self.is_over and path.exists() else None

    @property
    def film(self) -> Path | None:
        """The file of the film of the run, if there is one; it comes after the painting."""
        path = film_file(self.order)
        return path if self.is_over and path.exists() else None

    @property
    def file_name(self) -> str:
        """A name for the painting's file, out of those of its pictures."""
        pictures = (self.order.content, *self.order.styles)
        longest = LONGEST_NAME // len(pictures)
        return "-".join([*(Path(p.name).stem[:longest] for p in pictures), f"{self.number}.png"])

    async def paint(self) -> None:
        """Run to the end, whatever that is."""
        self._enter("starting")
        try:
            self.worker = await Worker.start(RUN)
        except OSError as error:
            self._end("failed", f"no process can be started ({error.strerror})")
            return
        try:
            await self._follow(self.worker)
        finally:
            self.worker.kill()
            ending = await self.worker.end()
            if self.is_removed:  # while its film was written
                self.unlink()
        if not self.is_over:
            crashed = ("failed", f"{ending}; try again, or choose a smaller size")
            self._end(*self._lost() if self.state == "stopping" else crashed)

    @property
    def patience(self) -> float:
        """Seconds that it has to stop by itself; before its first evaluation, by the estimate."""
        estimated: float = self.facts.get("seconds", 0.0) / max(self.facts.get("expected", 1), 1)
        return STOP + STOP_EVALUATIONS * max(self.longest, estimated)

    def fail(self, reason: str) -> None:
        """End it where that is no doing of its process."""
        if not self.is_over:
            self._end("failed", reason)

    def add_note(self, note: str) -> None:
        """Add a sentence to what is told of it."""
        self.facts["notes"] = [*self.facts.get("notes", ()), note]
        self.changes.tell()

    def _lost(self) -> tuple[str, str]:
        """Return how a run ended whose process was killed, or crashed, while it should stop."""
        if self.records.last is None:
            return "stopped", "it was stopped"
        return "stopped", "its process ended before it handed its picture over, which is lost"

    def unlink(self) -> None:
        """Remove its files."""
        self.is_removed = True
        others = (film_file, kept_file, seen_file)
        for path in (Path(self.order.painting), *(name(self.order) for name in others)):
            path.unlink(missing_ok=True)

    async def _follow(self, worker: Worker) -> None:
        """Return the order, and hear what comes of it."""
        if self.state == "stopping":  # before there was a process to tell
            return
        await worker.send(msgspec.json.encode(self.order))
        async for message in worker.frames():
            self._hear(message)
        await worker.end()

    async def tell(self, word: str) -> None:
        """Pause, resume or stop.

        Raises
        ------
        UsageError
            If that makes no sense in this state.
        """
        allowed = {"pause": ("running",), "resume": ("running", "paused")}
        if self.state not in allowed.get(word, ("waiting", "starting", "running", "paused")):
            raise UsageError(f"the run is {self.state}; it cannot {word}")
        if self.state == "waiting":
            self._end("stopped", "it never began")
            return
        if word == "stop":
            self._enter("stopping")
        if self.worker is not None:
            await self.worker.send(word.encode())

    def _hear(self, message: dict[str, Any] | bytes) -> None:
        if isinstance(message, bytes):
            self.picture, self.version = message, self.version + 1
        elif "kept" in message:
            self.kept += 1
        elif "film" in message:
            pass  # its file is there now, which is told with all else
        elif "record" in message:
            self._add(message["record"])
            self.facts["left"] = message["left"]
        else:
            state, reason = message.pop("state"), message.pop("reason", "")
            self.facts |= message
            if state in OVER:
                self._end(state, reason)
            elif self.state != "stopping":  # said before it heard of that
                self.state = state
        self.changes.tell()

    def _add(self, record: list[Any]) -> None:
        before = 0.0 if self.records.last is None else self.records.last[SECONDS]
        self.longest = max(self.longest, record[SECONDS] - before)
        self.records.add(record)

    def _enter(self, state: str) -> None:
        self.state = state
        self.changes.tell()

    def _end(self, state: str, reason: str) -> None:
        self.reason = reason
        self._enter(state)
