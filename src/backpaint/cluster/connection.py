"""Ways to workers of Dask, and who may go them.

Dask sends functions and values as pickles: whoever reaches a scheduler or a worker runs programs
there.  So processes of this machine listen to itself alone, and only to who has a certificate that
is made for the run and kept nowhere (`Security.temporary`); others are reached by TLS, with
certificates that Dask's own settings name (``distributed.comm.tls``).
"""

import asyncio
import logging
import pkgutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import current_process
from typing import Any, cast

from .. import __version__
from ..errors import UsageError, shown

SETTINGS = {
    "distributed.scheduler.worker-saturation": 1.0,  # one in hand: a queue would die with a worker
    "distributed.worker.memory.target": False,  # what is spilled to a disk is slower than sent anew
    "distributed.worker.memory.spill": False,
    "distributed.worker.profile.enabled": False,  # it looks a hundred times a second
    "distributed.scheduler.http.routes": [],  # no pages: they would be there for whoever asks
    "distributed.worker.http.routes": [],
    "distributed.admin.large-graph-warning-threshold": "1 TB",  # pictures are in it on purpose
}
PRELOAD = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""What our workers begin with: Ctrl-C is for the program, which ends them when it is done."""
CONNECT = 10.0
"""Seconds that a scheduler has to answer."""
BELOW_MAIN = (
    "workers begin by reading the script that asks for them; expected the painting below "
    '`if __name__ == "__main__":` in it'
)


def local_cluster(workers: int) -> Any:
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
                    scheduler_kwargs={
                        "dashboard_address": "127.0.0.1:0"  # else it may be taken
                    },
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


def connected(place: Any) -> Any:
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
        trying = connect(place, timeout=2 * CONNECT, **arguments)  # so that ours always ends first
        comm = await asyncio.wait_for(trying, CONNECT)
    except TimeoutError:
        raise TimeoutError(f"nothing was said for {CONNECT:g} s") from None
    comm.abort()


def require_same(client: Any) -> None:
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
