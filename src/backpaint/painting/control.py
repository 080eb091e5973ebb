"""Pause and stop a run from elsewhere: another thread, or a signal of the system."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

POLL = 0.05
"""Seconds between two looks of a run that waits."""

IMPATIENT = 3
"""Signals that end even the writing of a finished picture."""


class Stopped(Exception):
    """A run was asked to stop; raised between two evaluations, never within one."""


class Control:
    """The switch of one run: `pause`, `resume` and `stop`, from any thread or signal handler.

    A run looks at it before each evaluation of the loss, wherever its optimizer is; so it pauses
    or stops within one evaluation.  A stopped run keeps its picture, and its control stays
    stopped: the next run takes a new one.

    Notes
    -----
    There is no lock: a signal handler would wait for one that its own thread holds.

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
        self._is_paused = False
        self._reason: str | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the run waits, or will before its next evaluation."""
        return self._is_paused and self._reason is None

    @property
    def reason(self) -> str | None:
        """Why the run was asked to stop, in words; None if it was not."""
        return self._reason

    def pause(self) -> None:
        """Let the run wait before its next evaluation; nothing of it is lost."""
        self._is_paused = True

    def resume(self) -> None:
        """Let a run that waits go on."""
        self._is_paused = False

    def stop(self, reason: str = "it was stopped") -> None:
        """End the run before its next evaluation, also while it waits.

        Parameters
        ----------
        reason : str
            For a person; it becomes the `reason` of the result.  The first one stays.
        """
        self._reason = self._reason or str(reason)

    def check(self) -> None:
        """Wait while the run is paused; called by the run before each evaluation.

        Raises
        ------
        Stopped
            If the run was asked to stop.
        """
        while self.is_paused:
            time.sleep(POLL)
        if self._reason is not None:
            raise Stopped(self._reason)


SIGNALS = {
    int(getattr(signal, name)): reason
    for name, reason in (
        ("SIGINT", "it was interrupted"),
        ("SIGTERM", "it was terminated"),
        ("SIGHUP", "its terminal was closed"),
    )
    if hasattr(signal, name)
}
"""Signals that ask a program to end, and how a result words them; Windows has no SIGHUP."""


class SignalStop:
    """A handler of signals: the first stops the run, the second interrupts it at once.

    Parameters
    ----------
    control : Control
        The run's.
    on_signal : callable, optional
        Called with the reason at the first signal, to tell who waits.
    """

    def __init__(self, control: Control, on_signal: Callable[[str], None] | None = None) -> None:
        self._control, self._on_signal = control, on_signal
        self._is_holding, self._ignored = False, 0

    def hold(self) -> None:
        """Ignore signals from now on, while a finished picture is written; many end that too."""
        self._is_holding = True

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if self._is_holding:
            self._ignored += 1
            if self._ignored > IMPATIENT:
                raise KeyboardInterrupt
        elif self._control.reason is None:
            self._control.stop(SIGNALS[number])
            if self._on_signal is not None:
                self._on_signal(SIGNALS[number])
        else:
            self.hold()  # what was painted is yet to be written
            raise KeyboardInterrupt


@contextmanager
def stopped_by_signals(
    control: Control, on_signal: Callable[[str], None] | None = None
) -> Iterator[SignalStop]:
    """Let Ctrl-C, SIGTERM and SIGHUP stop a run within a ``with`` block; a second one at once.

    Parameters
    ----------
    control, on_signal
        As for `SignalStop`.

    Yields
    ------
    SignalStop
        Its `hold` comes when the run has ended, before its picture is written.

    Raises
    ------
    KeyboardInterrupt
        At a signal after the control was stopped, wherever the run is.

    Notes
    -----
    Only the main thread may set handlers; elsewhere this does nothing.  A signal that the program
    was started to ignore, as ``nohup`` lets it ignore SIGHUP, stays ignored, and a handler that was
    not set from Python stays.
    """
    handler, before = SignalStop(control, on_signal), {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    before[number] = signal.signal(number, handler)
        yield handler
    finally:
        for number, former in before.items():
            signal.signal(number, former)
