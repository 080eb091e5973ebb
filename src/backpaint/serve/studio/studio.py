"""Runs in their order: one is painted at a time, the others wait; the finished ones are kept."""

import asyncio
import logging
from pathlib import Path

from msgspec.structs import replace

from ...errors import UsageError
from ..processes.ask import Desk
from ..processes.order import Order, Request, make_recipe
from .changes import Changes
from .keep import keep_painting
from .pictures import Pictures
from .run import Run

EXPLORE = f"{Desk.__module__.rpartition('.')[0]}.explore"
MOST_WAITING = 8
MOST_FINISHED = 24

log = logging.getLogger(__name__)


class Studio:
    """Everything that the server knows and does.

    Parameters
    ----------
    folder : Path
        For pictures and paintings, as long as the server runs.
    keep : Path, optional
        Where finished paintings are kept, too.
    threads : int, optional
        Of the engine `cpu`.
    """

    def __init__(self, folder: Path, keep: Path | None = None, threads: int | None = None) -> None:
        self._folder, self._keep, self._threads = folder, keep, threads
        self.desk = Desk()
        self.explorer = Desk(f"{EXPLORE}.answers")
        self.comparer = Desk(f"{EXPLORE}.engines")
        self.pictures = Pictures(folder, self.desk)
        self.changes = Changes()
        self.runs: dict[int, Run] = {}
        self.is_ending = False
        self._last = 0
        self._painter: asyncio.Task[None] | None = None
        self._stoppers: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> Run | None:
        """The run that is being painted; else the one that was last."""
        begun = [run for run in self.runs.values() if run.state != "waiting"]
        return next((run for run in begun if not run.is_over), begun[-1] if begun else None)

    @property
    def waiting(self) -> list[Run]:
        """Those that have not begun."""
        return [run for run in self.runs.values() if run.state == "waiting"]

    def run(self, number: int) -> Run:
        """Return a run by its number.

        Raises
        ------
        UsageError
            If there is none.
        """
        if number not in self.runs:
            raise UsageError(f"there is no run {number}; it may have been removed")
        return self.runs[number]

    async def estimate(self, request: Request) -> tuple[Order, dict[str, object]]:
        """Return what a run would take.

        Raises
        ------
        UsageError
            If it cannot be: then in one sentence.
        """
        content, *styles = kept = [self.pictures[identity] for identity in request.pictures]
        order = Order(
            recipe=make_recipe(request),
            content=content.file,
            styles=tuple(style.file for style in styles),
            shares=request.shares,
            engine=request.engine,
            threads=self._threads,
            seed=request.seed,
        )
        sizes = [await self.pictures.size(one) for one in kept]
        return order, await self.desk.ask("estimate", order=order, sizes=sizes)

    async def begin(self, request: Request) -> Run:
        """Put a run behind those that wait.

        Raises
        ------
        UsageError
            If it cannot be, or too many wait.
        """
        order, facts = await self.estimate(request)
        if facts["too_large"] and not self._is_painting:
            raise UsageError(str(facts["too_large"]))
        if len(self.waiting) >= MOST_WAITING:
            raise UsageError(f"{MOST_WAITING} runs wait already; stop one of them first")
        self._last += 1
        painting = self._folder / f"painting-{self._last}.png"
        order = replace(order, painting=str(painting))
        run = Run(self._last, request, order, self.changes, dict(facts))
        self.runs[run.number] = run
        self._forget()
        if not self._is_painting:
            self._painter = asyncio.create_task(self._paint_all())
        self.changes.tell()
        return run

    async def tell(self, run: Run, word: str) -> None:
        """Pause, resume or stop a run; one that does not stop in time is ended."""
        await run.tell(word)
        if word == "stop" and run.worker is not None:
            task = asyncio.create_task(_end_late(run))
            self._stoppers.add(task)
            task.add_done_callback(self._stoppers.discard)

    def remove(self, run: Run) -> None:
        """Forget a run that is over, with its painting.

        Raises
        ------
        UsageError
            If it is not over.
        """
        if not run.is_over:
            raise UsageError(f"the run is {run.state}; stop it first")
        del self.runs[run.number]
        run.unlink()
        self.changes.tell()

    def let_go(self) -> None:
        """Let all go who are told of changes, or wait for an answer; the server ends."""
        self.is_ending = True
        for desk in self._desks:
            desk.refuse()
        self.changes.tell()

    async def close(self) -> None:
        """End all processes."""
        if self._painter is not None:
            self._painter.cancel()
            (ended,) = await asyncio.gather(self._painter, return_exceptions=True)
            if isinstance(ended, Exception):
                log.error("the queue ended", exc_info=ended)
        for desk in self._desks:
            await desk.close()

    @property
    def _desks(self) -> tuple[Desk, ...]:
        return self.desk, self.explorer, self.comparer

    @property
    def _is_painting(self) -> bool:
        return self._painter is not None and not self._painter.done()

    async def _paint_all(self) -> None:
        while self.waiting:
            run = self.waiting[0]
            try:
                await run.paint()
            except Exception:  # the others have their turn, whatever this one met
                log.exception("run %d", run.number)
                run.fail("the server made a mistake; its terminal tells more")
            if self._keep is not None:
                await keep_painting(run, self._keep)

    def _forget(self) -> None:
        """Remove the oldest finished runs, and the pictures that nobody needs."""
        for run in [run for run in self.runs.values() if run.is_over][:-MOST_FINISHED]:
            self.remove(run)
        needed = {name for run in self.runs.values() for name in run.request.pictures}
        self.pictures.forget(needed)


async def _end_late(run: Run) -> None:
    """Kill the process of a run that did not stop in time."""
    if run.worker is not None:
        await run.worker.end(run.patience)
