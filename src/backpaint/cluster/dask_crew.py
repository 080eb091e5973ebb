"""Workers of Dask: processes of this machine, or those of a scheduler somewhere else.

Dask sends functions and values as pickles: whoever reaches a scheduler or a worker runs programs
there.  So processes of this machine listen to itself alone, and only to who has a certificate that
is made for the run and kept nowhere (`Security.temporary`); others are reached by TLS, with
certificates that Dask's own settings name (``distributed.comm.tls``).

A task that was lost with its worker is computed again elsewhere, from arguments that the scheduler
still has: so pictures are arguments of tasks, and not what a client scatters, which would be lost.
"""

import asyncio
import logging
import pkgutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing import current_process
from typing import Any, cast
from uuid import uuid4

from .. import __version__
from ..cpu.threads.team import available_processors
from ..errors import BackpaintError, RunError, UsageError, shown
from .crew import Crew, Ticket, WorkersKilled

SETTINGS = {
    "distributed.scheduler.allowed-failures": 10,  # no tile is to blame for its worker's death
    "distributed.scheduler.worker-saturation": 1.0,  # one in hand: a queue would die with a worker
    "distributed.worker.memory.target": False,  # what is spilled to a disk is slower than sent anew
    "distributed.worker.memory.spill": False,
    "distributed.worker.profile.enabled": False,  # it looks a hundred times a second
    "distributed.scheduler.http.routes": [],  # no pages: they would be there for whoever asks
    "distributed.worker.http.routes": [],
    "distributed.admin.large-graph-warning-threshold": "1 TB",  # pictures are in it on purpose
}
LOGGERS = ("distributed", "distributed.client")
"""The second has a level of its own."""
PRELOAD = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""What our workers begin with: Ctrl-C is for the program, which ends them when it is done."""
CONNECT = 10.0
"""Seconds that a scheduler has to answer."""
FIRST = 60.0
"""Seconds in which it must have a worker."""
PATIENCE = 30.0
"""Seconds without any worker, after which a run ends; one that died is replaced within a few."""
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
        self._last_seen = time.monotonic()  # when there were workers
        self._client: Any = None
        try:
            with dask.config.set(SETTINGS):
                if isinstance(workers, int):
                    self.threads = threads or max(1, available_processors() // workers)
                    self._cluster, self._at = _local(workers), "this machine"
                self._client = _client(workers if self._cluster is None else self._cluster)
            self._client.wait_for_workers(1, timeout=FIRST)
            _require_same(self._client)
        except TimeoutError:
            self.close()
            raise UsageError(
                f"no worker has come to {self._at} within {FIRST:.0f} s; start some, with "
                f"`dask worker {self._at}`"
            ) from None
        except BaseException:
            self.close()
            raise

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Ticket:
        """Hand a function in; the ticket is Dask's future."""
        import dask
        from distributed.client import ClosedClientError

        key, self._last_seen = f"{function.__name__}-{uuid4().hex}", time.monotonic()
        try:
            with dask.config.set(SETTINGS):
                return self._client.submit(function, *arguments, key=key, pure=False)
        except (ClosedClientError, OSError):
            raise self._gone("the scheduler is gone") from None

    def result(self, ticket: Ticket) -> Any:
        """Wait for a result; see `Crew.result`."""
        from distributed import KilledWorker

        while True:
            try:
                return ticket.result(timeout=PATIENCE / 2)
            except BackpaintError:
                raise
            except TimeoutError:
                self._require_workers()
            except MemoryError:
                raise RunError(
                    f"a worker of {self._at} has not enough memory; choose smaller tiles (--tile)"
                ) from None
            except KilledWorker:
                raise WorkersKilled(
                    f"{ticket.key.rpartition('-')[0]} has ended its workers at {self._at} again "
                    "and again; look at their memory and their log"
                ) from None
            except (CancelledError, OSError):
                raise self._gone("the scheduler is gone") from None
            except ImportError as error:
                raise RunError(
                    f"a worker of {self._at} cannot compute ({error}); install backpaint "
                    f"{__version__} there"
                ) from None

    def ended(self, tickets: Sequence[Ticket], seconds: float) -> list[Ticket]:
        """Wait for one of several; see `Crew.ended`."""
        end = time.monotonic() + seconds
        while not (found := [one for one in tickets if one.done()]) and time.monotonic() < end:
            time.sleep(POLL)
        if not found and time.monotonic() > self._last_seen + PATIENCE / 2:
            self._require_workers()
        return found

    @property
    def size(self) -> int:
        """How many workers there are now."""
        try:
            return len(self._client.nthreads())
        except OSError:
            raise self._gone("the scheduler is gone") from None

    def _require_workers(self) -> None:
        """Raise RunError if there has been no worker for `PATIENCE`."""
        if self.size:
            self._last_seen = time.monotonic()
        elif time.monotonic() > self._last_seen + PATIENCE:
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

    def _gone(self, what: str) -> RunError:
        return RunError(
            f"{what} at {self._at}; look at its memory and its log, and give the command again, or "
            "`backpaint resume` where a checkpoint was kept"
        )


BELOW_MAIN = (
    "workers begin by reading the script that asks for them; expected the painting below "
    '`if __name__ == "__main__":` in it'
)


def _local(workers: int) -> Any:
    """Start processes that listen to this machine, and to nobody without their certificate."""
    from distributed import LocalCluster
    from distributed.security import Security

    if getattr(current_process(), "_inheriting", False):
        raise UsageError(BELOW_MAIN)
    try:
        security = Security.temporary()
    except ImportError:
        raise UsageError(
            "workers need the package cryptography, which is not installed; expected the packages "
            "of the extra `cluster`: pip install 'backpaint[cluster]'"
        ) from None
    try:
        with interrupt_later() as made:
            made.append(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,  # one tile at a time, for which it has a team of its own
                    processes=True,
                    host="127.0.0.1",
                    security=security,
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else it may be taken
                    preload=[PRELOAD],
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,
                )
            )
    except RuntimeError as error:
        raise UsageError(f"workers could not be started ({error}); {BELOW_MAIN}") from None
    return made[0]


@contextmanager
def interrupt_later() -> Iterator[list[Any]]:
    """Hold Ctrl-C back while something is made, from the processes that it starts as well.

    What is made goes into the list; if there was a Ctrl-C, it is closed, and KeyboardInterrupt
    raised.
    """
    made: list[Any] = []
    if threading.current_thread() is not threading.main_thread():
        yield made
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    masks = hasattr(signal, "pthread_sigmask")  # what is started inherits it; not on Windows
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masks else set()
    try:
        yield made
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
    if pressed:
        for one in made:
            one.close()
        raise KeyboardInterrupt


def _client(place: Any) -> Any:
    """Connect to a cluster of our own, or to an address."""
    from distributed import Client
    from distributed.security import Security

    if not isinstance(place, str):
        return Client(place, set_as_default=False)
    security = Security(require_encryption=place.startswith("tls:"))
    if place.startswith("tls:") and security.tls_client_cert is None:
        raise UsageError(
            f"workers are at {shown(place)}, and there is no certificate for them; name yours in "
            "Dask's settings distributed.comm.tls (ca-file, client.cert and client.key)"
        )
    try:
        with ThreadPoolExecutor(1) as beside:  # here a loop may be running already, as in notebooks
            beside.submit(asyncio.run, _handshake(place, security)).result()
        return Client(place, security=security, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"no scheduler answers at {shown(place)} ({reason}); start one with `dask scheduler`, "
            "or give a number of workers on this machine"
        ) from None


async def _handshake(place: str, security: Any) -> None:
    """Find out whether Dask is there: a client would wait for ever where something else listens."""
    from distributed.comm import connect

    arguments = security.get_connection_args("client")
    try:
        comm = await asyncio.wait_for(connect(place, timeout=CONNECT, **arguments), CONNECT)
    except TimeoutError:
        raise TimeoutError(f"it has said nothing for {CONNECT:g} s") from None
    comm.abort()


def _require_same(client: Any) -> None:
    """Raise UsageError if a worker, or the scheduler, has another version of backpaint, or none."""
    asked = pkgutil.resolve_name, f"{__package__.partition('.')[0]}:__version__"
    found = cast(dict[str, Any], client.run(*asked, on_error="return"))
    for address, version in found.items():
        if isinstance(version, ImportError | AttributeError):
            raise UsageError(f"the worker {address} has no backpaint; install {__version__} there")
        if version != __version__:
            raise UsageError(
                f"the worker {address} has backpaint {version}, expected {__version__}; install "
                "the same on all machines"
            )
