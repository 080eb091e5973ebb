"""Workers of a crew, which share the orders of a batch: a picture is a task."""

import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any

from ..cluster.crew import Crew, Ticket, WorkerFull, WorkersKilled
from ..cluster.wanted import worker_of
from ..cluster.work import VERSIONS
from ..errors import BackpaintError, RunError, UsageError
from ..images.source import LARGEST_STREAM
from ..painting.control import Control
from ..regular_file import open_regular
from ..whole_file import whole_file
from ..words import counted, memory, printable
from .child import ELSEWHERE
from .children import TRIES, Outcome, Say
from .elsewhere import paint_picture
from .order import Order

LOOK = 0.5
"""Seconds between two looks at the control, and at how many workers there are."""


class Workers:
    """Painters of a batch that are workers of a crew.

    Parameters
    ----------
    orders : sequence of Order
    crew : Crew

    Attributes
    ----------
    count : int
        How many there were at first.
    name : str
        What a person calls one of them.

    Notes
    -----
    Who paints a picture is sent its files, and sends its painting back, which is written here.  A
    picture whose worker dies, or cannot paint it, is painted once more, elsewhere if there is
    another, for which it waits; after `TRIES` it has failed.  Nobody has a second picture at hand:
    it would count as tried if the first one ended their worker.
    """

    name = "worker"

    def __init__(self, orders: Sequence[Order], crew: Crew) -> None:
        self._waiting, self._crew, self.count = deque(orders), crew, max(1, len(crew.workers))
        self._handed_in: list[tuple[Ticket, Order]] = []
        self._sent_to: dict[str, str | None] = {}  # whom a picture was sent to, by its output
        self._tries = Counter[str]()  # of outputs that somebody could not paint
        self._deaths = Counter[str]()  # how many of these have ended their worker
        self._sick: dict[str, str | None] = {}  # who that was, the last time

    def outcomes(self, control: Control, note: Say) -> Iterator[Outcome]:
        """Paint, and yield what becomes of each picture as it is known; see `Children.outcomes`.

        Raises
        ------
        RunError
            If no worker is left, or one cannot paint any picture of the batch.
        """
        try:
            while (self._waiting or self._handed_in) and control.reason is None:
                yield from self._hand_in()
                yield from self._ended()
        except UsageError as error:
            raise RunError(str(error)) from None
        finally:
            self._handed_in.clear()  # whoever paints one of them learns that nobody waits

    def _hand_in(self) -> Iterator[Outcome]:
        """Send each worker that has nothing a picture; yield those without files."""
        workers = self._crew.workers
        sent = {self._sent_to[order.output] for _, order in self._handed_in}
        for worker in (name for name, is_busy in workers.items() if not is_busy):
            while worker not in sent:
                order = self._next_for(worker, is_alone=len(workers) == 1)
                if order is None:
                    break
                try:
                    files = _files_of(order)
                except UsageError as error:
                    yield order, {"error": str(error)}
                    continue
                ticket = self._crew.submit(
                    paint_picture, order, files, VERSIONS, at=worker, deaths=1
                )
                self._handed_in.append((ticket, order))
                self._sent_to[order.output] = worker
                sent.add(worker)

    def _next_for(self, worker: str | None, *, is_alone: bool) -> Order | None:
        """Take the first that waits, but for those that it could not paint and another may."""
        for number, order in enumerate(self._waiting):
            if is_alone or self._sick.get(order.output, "") != worker:
                del self._waiting[number]
                return order
        return None

    def _ended(self) -> Iterator[Outcome]:
        """Wait a moment; yield all that has ended, whatever one of them raises."""
        ended = self._crew.ended([ticket for ticket, _ in self._handed_in], LOOK)
        raised: BackpaintError | None = None
        for pair in [pair for pair in self._handed_in if any(pair[0] is one for one in ended)]:
            self._handed_in.remove(pair)
            try:
                told = self._told(*pair)
            except BackpaintError as error:
                raised = raised or error
                continue
            if "stopped" in told:  # who painted it was taken for dead, and was asked once more
                self._waiting.append(pair[1])
            elif ELSEWHERE in told and self._tries[pair[1].output] < TRIES:
                self._sick[pair[1].output] = told.get("worker")
                self._waiting.append(pair[1])
            else:
                yield pair[1], told
        if raised is not None:
            raise raised

    def _told(self, ticket: Ticket, order: Order) -> dict[str, Any]:
        """Fetch what became of a picture, and write it; count a try that came to nothing."""
        told, picture = self._result(ticket, order)
        if ELSEWHERE in told:
            self._tries[order.output] += told.get("deaths", 1)
        try:
            if picture is not None:
                with whole_file(order.output) as part:
                    part.write_bytes(picture)
        except RunError as error:
            return {"error": str(error)}
        return dict(told)

    def _result(self, ticket: Ticket, order: Order) -> tuple[dict[str, Any], bytes | None]:
        """Fetch what became of a picture, whoever is to blame where it is not painted."""
        try:
            told, picture = self._crew.result(ticket)
        except WorkersKilled as killed:
            self._deaths[order.output] += killed.deaths
            told = blame(killed.worker, died(self._deaths[order.output], killed.worker))
            return told | {"deaths": killed.deaths}, None
        except WorkerFull as full:
            return blame(full.worker, f"{full}; choose a smaller --size"), None
        except BackpaintError:
            raise
        except Exception as error:  # of a driver, LAPACK or Dask: other pictures may do
            return blame(worker_of(error), unforeseen(error)), None
        return told, picture


def blame(worker: str | None, error: str) -> dict[str, Any]:
    """Return what is told of a picture that another worker might paint."""
    return {"error": error, ELSEWHERE: True, "worker": worker}


def died(times: int, worker: str | None) -> str:
    """Put into a sentence that whoever painted a picture is gone.

    Examples
    --------
    >>> died(2, None)
    'its worker died, 2 times; choose a smaller --size, or look at its memory and log'
    """
    last = "" if worker is None else f", the last one {worker}"
    return (
        f"its worker died, {counted(times, 'time')}{last}; choose a smaller --size, or look at its "
        "memory and log"
    )


def unforeseen(error: Exception) -> str:
    """Put an error that is none of backpaint's into a sentence.

    Examples
    --------
    >>> unforeseen(ZeroDivisionError("division by zero"))
    'its worker met ZeroDivisionError (division by zero); look at its log'
    """
    lines = str(error).strip().splitlines()
    why = f" ({printable(lines[0], 300)})" if lines else ""
    worker = worker_of(error)
    who = "its worker" if worker is None else f"the worker {worker}"
    return f"{who} met {type(error).__name__}{why}; look at its log"


def _files_of(order: Order) -> dict[str, bytes]:
    """Read the files of a picture; whoever paints it looks whether they are those of the plan."""
    start = [] if order.start_sha256 is None else [order.settings.init]
    return {path: _bytes_of(path) for path in (order.content, order.style, *start)}


def _bytes_of(path: str) -> bytes:
    """Read a file; what is none is not waited for, and what is too large not read."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGEST_STREAM:
                raise UsageError(
                    f"{path} has {memory(size)}, expected at most {memory(LARGEST_STREAM)} to send "
                    "to a worker; shrink it, or leave it out"
                )
            return bytes(file.read(size))  # if it grows meanwhile, its digest is another one
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; leave it out") from None
