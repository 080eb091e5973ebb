"""Workers of Dask: processes of this machine, or those of a scheduler somewhere else.

A task that was lost with its worker is computed again elsewhere, from arguments that the scheduler
still has: so pictures are arguments of tasks, and not what a client scatters, which would be lost.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

from .. import __version__
from ..cpu.threads.team import available_processors
from ..errors import BackpaintError, RunError, UsageError
from ..words import counted
from .connection import SETTINGS, connected, local_cluster, require_same
from .crew import DEATHS, Crew, Ticket, WorkerFull, WorkersKilled
from .wanted import at_worker, worker_of

LOGGERS = ("distributed", "distributed.client")
"""The second has a level of its own."""
PATIENCE = 30.0
"""Seconds without any worker, at the beginning or later, after which a run ends; one that died is
replaced within a few."""
LOOK = 5.0
"""Seconds between two looks at how many workers there are, while nothing is ready."""
POLL = 0.05
"""Seconds between two looks at what several workers have done."""


def require_dask() -> None:
    """Raise UsageError if Dask is not installed."""
    if find_spec("distributed") is None:
        raise UsageError(
            "workers need Dask, which is not installed; expected the packages of the extra "
            "`cluster`: pip install 'backpaint[cluster]'"
        )


class DaskCrew(Crew):
    """Workers of Dask.

    Parameters
    ----------
    workers : int or str
        How many processes to start on this machine, or the address of a scheduler.
    threads : int or None
        How many each of them computes with; None: its part of the processors.

    Raises
    ------
    UsageError
        If the scheduler does not answer, has no worker, or one with another version.
    """

    def __init__(self, workers: int | str, threads: int | None) -> None:
        require_dask()
        import dask
        import distributed  # noqa: F401  # its defaults would go with our settings, if it came later

        for name in LOGGERS:  # errors are told in a sentence
            logging.getLogger(name).setLevel(logging.CRITICAL)

        self.threads, self._cluster, self._at = threads, None, f"{workers}"
        self._last_look = time.monotonic()  # at how many workers there are
        self._alone_since: float | None = None  # when there were first seen to be none
        self._client: Any = None
        try:
            with dask.config.set(SETTINGS):
                if isinstance(workers, int):
                    self.threads = threads or max(1, available_processors() // workers)
                    self._cluster, self._at = local_cluster(workers), "this machine"
                self._client = connected(workers if self._cluster is None else self._cluster)
            self._client.wait_for_workers(1, timeout=PATIENCE)
            require_same(self._client)
        except TimeoutError:
            self.close()
            raise UsageError(
                f"no worker has come to {self._at} within {PATIENCE:.0f} s; start some, with "
                f"`dask worker {self._at}`"
            ) from None
        except BaseException:
            self.close()
            raise

    def submit(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        at: str | None = None,
        deaths: int = DEATHS,
    ) -> Ticket:
        """Hand a function in; the ticket is Dask's future."""
        import dask
        from distributed.client import ClosedClientError

        if self._cluster is not None:
            self._cluster.scheduler.allowed_failures = deaths - 1
        key = f"{function.__name__}-{uuid4().hex}"
        try:
            where = None if at is None else [at]
            with dask.config.set(SETTINGS):
                return self._client.submit(
                    at_worker,
                    function,
                    *arguments,
                    key=key,
                    pure=False,
                    workers=where,
                    allow_other_workers=where is not None,
                )
        except (ClosedClientError, OSError):
            raise self._gone("the scheduler is gone") from None

    def result(self, ticket: Ticket) -> Any:
        """Wait for a result; see `Crew.result`."""
        from distributed import KilledWorker

        while True:
            try:
                found = ticket.result(timeout=LOOK)
                self._alone_since = None
                return found
            except BackpaintError:
                raise
            except (CancelledError, OSError) as error:  # of Dask: TimeoutError is one
                if worker_of(error) is not None:
                    raise
                if not isinstance(error, TimeoutError):
                    raise self._gone("the scheduler is gone") from None
                self._require_workers()
            except MemoryError as error:
                who = self._who_met(error)
                raise WorkerFull(f"{who} has not enough memory", worker_of(error)) from None
            except KilledWorker as killed:
                deaths, name = killed.allowed_failures + 1, killed.last_worker.address
                raise WorkersKilled(
                    f"{ticket.key.rpartition('-')[0]} has ended {counted(deaths, 'worker')} of "
                    f"{self._at}, the last one {name}; look at their memory and their log",
                    deaths,
                    name,
                ) from None
            except ImportError as error:
                raise RunError(
                    f"{self._who_met(error)} cannot compute ({error}); install backpaint "
                    f"{__version__} there"
                ) from None

    def ended(self, tickets: Sequence[Ticket], seconds: float) -> list[Ticket]:
        """Wait for one of several; see `Crew.ended`."""
        end = time.monotonic() + seconds
        while not (found := [one for one in tickets if one.done()]) and time.monotonic() < end:
            time.sleep(POLL)
        if found:
            self._alone_since = None
        elif time.monotonic() > self._last_look + LOOK:
            self._require_workers()
        return found

    @property
    def workers(self) -> Mapping[str | None, bool]:
        """The workers that there are now; see `Crew.workers`."""
        try:
            workers = self._client.processing().items()
            ours = self._client.futures  # what others have there might never end
            return {name: any(key in ours for key in tasks) for name, tasks in workers}
        except OSError:
            raise self._gone("the scheduler is gone") from None

    def _require_workers(self) -> None:
        """Raise RunError if there has been no worker for `PATIENCE`, at all looks since then."""
        is_alone, self._last_look = not self.workers, time.monotonic()
        if not is_alone:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = self._last_look
        elif self._last_look >= self._alone_since + PATIENCE:
            self._alone_since = None  # whoever asks again waits again
            raise self._gone("no worker is left")

    def close(self) -> None:
        """Send the workers away, if they are ours, or leave them."""
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    @property
    def is_gone(self) -> bool:
        """Whether there is no way to the workers any more."""
        return self._client.status in ("closing", "closed")

    def _who_met(self, error: Exception) -> str:
        """Name the worker that met an error, as far as it is known."""
        name = worker_of(error)
        return f"a worker of {self._at}" if name is None else f"the worker {name}"

    def _gone(self, what: str) -> RunError:
        return RunError(
            f"{what} at {self._at}; look at its memory and its log, and give the command again, or "
            "`backpaint resume` where a checkpoint was kept"
        )
