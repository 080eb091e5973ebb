"""A download that is given up when it is too slow, or takes too long."""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread

from .transfer import Transfer

_WINDOW = 20.0
"""Seconds over which the speed is measured."""

_SLOWEST = 1000
"""Bytes a second, on average over a window: less is a server that wants to keep us busy."""


class TooSlowError(OSError):
    """A server that sends too little; another try would not bring more."""


def watched(download: Callable[[], object], transfer: Transfer, deadline: float) -> None:
    """Download in another thread, and give up if it is too slow or takes too long.

    Parameters
    ----------
    download : callable
        Writes to `transfer`.
    transfer : Transfer
        What it writes to.
    deadline : float
        As of `time.monotonic`.

    Raises
    ------
    TooSlowError
        If less than `_SLOWEST` bytes a second came in a `_WINDOW`, or the deadline is over.
    Exception
        Whatever `download` raises.

    Notes
    -----
    Sockets have a limit for the time until the next byte alone, so a byte now and then keeps one
    open for ever.  A thread that was given up ends with its next bytes, which go nowhere.
    """
    done: Future[None] = Future()

    def run() -> None:
        try:
            download()
        except BaseException as error:
            transfer.hang_up()
            done.set_exception(error)
        else:
            done.set_result(None)

    Thread(target=run, daemon=True).start()
    while True:
        before, begin = transfer.received, time.monotonic()
        wait([done], max(0.0, min(_WINDOW, deadline - begin)))
        if done.done():
            done.result()
            return
        if time.monotonic() >= deadline:
            raise TooSlowError("it takes too long")
        came = transfer.received - before
        if came < _SLOWEST * _WINDOW:
            raise TooSlowError(f"only {came} bytes came in {_WINDOW:g} s")


def interruptions() -> tuple[type[Exception], ...]:
    """Return the errors after which another try may go well, unlike a file that is not there."""
    from requests import ConnectionError as NoConnection
    from requests import Timeout
    from requests.exceptions import ChunkedEncodingError

    return (NoConnection, Timeout, ChunkedEncodingError, ConnectionError)
