"""Ctrl-C while workers are started: the program's own, and only when they can be sent away."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from backpaint.cluster.connection import interrupt_later

HELD = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


def test_what_was_made_is_closed_before_the_program_ends():
    before, closed = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), interrupt_later() as made:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        made.append(SimpleNamespace(close=lambda: closed.append(True)))
        child = subprocess.run([sys.executable, "-c", HELD], capture_output=True, check=True)
    assert closed == [True]
    assert child.stdout.split() == [b"True"]
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_without_a_signal_nothing_is_closed():
    with interrupt_later() as made:
        made.append(object())
    assert len(made) == 1
