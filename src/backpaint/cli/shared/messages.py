"""Printing in any encoding, also after the reader has left."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import click

from ...words import printable_lines

UNWRITABLE = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What a write to a stream fails with: its reader is gone, its disk full, its terminal closed."""

Stream = Literal["stdout", "stderr"]


def replace_unknown_characters() -> None:
    """Let a name that the terminal's encoding does not have cost a question mark, not the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def tell(text: str, stream: Stream = "stdout") -> None:
    """Print a message if it can be printed, and nothing that commands a terminal."""
    with unheard(stream):
        click.echo(printable_lines(text), err=stream == "stderr")


@contextmanager
def unheard(stream: Stream) -> Iterator[None]:
    """Go on in silence where messages cannot be written: the picture is what matters.

    Parameters
    ----------
    stream : {"stdout", "stderr"}
        Where the ``with`` block prints; after a failure all of it goes nowhere.
    """
    try:
        yield
    except OSError:
        silence(stream)


def silence(name: Stream) -> None:
    """Lead a stream nowhere."""
    with suppress(AttributeError, OSError):  # closed, or an object of Python's own
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, getattr(sys, name).fileno())
        os.close(nowhere)
