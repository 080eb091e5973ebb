"""Pause and stop a run from elsewhere: another thread, or a signal of the system."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):
    """A run was asked to stop; raised between two evaluations, never within one."""


class Control:
    """The switch of a run: `pause`, `resume` and `stop`, from any thread.

    A run looks at it before each evaluation of the loss, wherever its optimizer is; so it pauses
    or stops within one evaluation.  A stopped run keeps its picture.

    Examples
    --------
    >>> control = Control()
    >>> control.pause()
    >>> control.is_paused
    True
    >>> control.stop("enough")
    >>> control.is_paused, control.reason
    (False, 'enough')
    """

    def __init__(self) -> None:
        self._may_go = threading.Event()
        self._may_go.set()
        self._reason: str | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the run waits, or will before its next evaluation."""
        return not self._may_go.is_set()

    @property
    def reason(self) -> str | None:
        """Why the run was asked to stop, in words; None if it was not."""
        return self._reason

    def pause(self) -> None:
        """Let the run wait before its next evaluation; nothing of it is lost."""
        if self._reason is None:
            self._may_go.clear()

    def resume(self) -> None:
        """Let a run that waits go on."""
        self._may_go.set()

    def stop(self, reason: str = "it was stopped") -> None:
        """End the run before its next evaluation, also while it waits.

        Parameters
        ----------
        reason : str
            For a person; it becomes the `reason` of the result.  The first one stays.
        """
        self._reason = self._reason or reason
        self._may_go.set()

    def check(self) -> None:
        """Wait while the run is paused; called by the run before each evaluation.

        Raises
        ------
        Stopped
            If the run was asked to stop.
        """
        self._may_go.wait()
        if self._reason is not None:
            raise Stopped(self._reason)


SIGNALS = tuple(
    (getattr(signal, name), reason)
    for name, reason in (
        ("SIGINT", "it was interrupted"),
        ("SIGTERM", "it was terminated"),
        ("SIGHUP", "its terminal was closed"),
    )
    if hasattr(signal, name)
)
"""Signals that ask a program to end, and how a result words them; Windows has no SIGHUP."""


@contextmanager
def stopped_by_signals(
    control: Control, on_signal: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP stop a run within a ``with`` block; a second one at once.

    Parameters
    ----------
    control : Control
        The run's.
    on_signal : callable, optional
        Called with the reason at the first signal, to tell who waits.

    Raises
    ------
    KeyboardInterrupt
        At a second signal, wherever the run is.

    Notes
    -----
    Only the main thread may set handlers; elsewhere this does nothing.  A signal that the program
    was started to ignore, as ``nohup`` lets it ignore SIGHUP, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}

    def handle(number: int, frame: FrameType | None) -> None:
        if control.reason is not None:
            raise KeyboardInterrupt
        control.stop(reasons[number])
        if on_signal is not None:
            on_signal(reasons[number])

    reasons = {int(number): reason for number, reason in SIGNALS}
    for number, _ in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
