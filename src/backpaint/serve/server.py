"""The server: one port on this machine, and nothing left behind when it ends."""

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from ..errors import UsageError
from ..painting.control import SIGNALS
from ..regular_file import is_folder
from .application import application
from .connection import Connection
from .folder import served_folder
from .studio.studio import Studio

HOST = "127.0.0.1"
"""The only address: whoever sits elsewhere comes through a tunnel of SSH."""


class Server(uvicorn.Server):
    """uvicorn's, which ends on a signal without raising it anew: what follows is our work.

    Parameters
    ----------
    config : uvicorn.Config
    studio : Studio
        Its streams and questions end at the signal; they would be waited for.
    """

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self._studio = studio

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the end."""
        super().handle_exit(sig, frame)
        asyncio.get_running_loop().call_soon_threadsafe(self._studio.let_go)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let Ctrl-C, SIGTERM and SIGHUP end the server; a second Ctrl-C does not wait."""
        with handled(self.handle_exit):
            yield


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle the signals that end a program within a block, but those that it shall ignore."""
    before = {}
    try:
        for number in SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def interrupt(number: int, frame: FrameType | None) -> None:
    """End the program through all that it has to tidy up."""
    raise KeyboardInterrupt


def serve(
    port: int,
    say: Callable[[str], None],
    *,
    keep: Path | None = None,
    threads: int | None = None,
) -> None:
    """Serve the page until a signal ends it.

    Parameters
    ----------
    port : int
        0: any that is free.
    say : callable
        Told the address, which lets in whoever knows it.
    keep : Path, optional
        A folder for finished paintings.
    threads : int, optional
        Of the engine `cpu`.

    Raises
    ------
    UsageError
        If the port is taken, or `keep` is no folder.
    """
    if keep is not None and not is_folder(keep):
        raise UsageError(f"{keep}: expected a folder for paintings, found none; create it first")
    token = secrets.token_urlsafe(24)
    with open_port(port) as listener, handled(interrupt), served_folder() as folder:
        taken = listener.getsockname()[1]
        say(f"http://{HOST}:{taken}/?token={token}")
        asyncio.run(_serve(listener, token, Studio(folder, keep, threads)))


async def _serve(listener: socket.socket, token: str, studio: Studio) -> None:
    config = uvicorn.Config(
        application(studio, token, listener.getsockname()[1]),
        http=Connection,
        lifespan="off",
        ws="none",
        log_level="error",
        access_log=False,  # the token stands in an address
        proxy_headers=False,
        server_header=False,
        limit_concurrency=64,
        timeout_graceful_shutdown=5,
    )
    try:
        await Server(config, studio).serve([listener])
    finally:
        await studio.close()


def open_port(port: int) -> socket.socket:
    """Open a port of this machine alone.

    Raises
    ------
    UsageError
        If somebody else has it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} cannot be opened ({error.strerror}); choose another with --port, or "
            "--port 0 for any that is free"
        ) from None
    return listener
