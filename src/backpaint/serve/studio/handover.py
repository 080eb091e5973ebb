"""The picture of a run for who wants to look into it, also while the run goes on."""

import time

from ...errors import UsageError
from ..processes.order import kept_file, seen_file
from .run import Run

PATIENCE = 60.0
"""Seconds that a run has to write its picture: it does between two evaluations."""


async def picture_file(run: Run, *, is_new: bool = True) -> str:
    """Return a file of the picture as it is: of a run that goes on, written by it now.

    Parameters
    ----------
    run : Run
    is_new : bool
        Whether the one that was written last is too old.

    Raises
    ------
    UsageError
        If there is no picture yet, or the run does not write it in time.
    """
    if run.painting is not None:
        seen = seen_file(run.order)
        return str(seen if seen.exists() else run.painting)
    if run.is_over:
        raise UsageError("this run left no picture; choose another one")
    if not run.version or run.worker is None:
        raise UsageError("there is no picture yet; wait for the first iteration")
    file = kept_file(run.order)
    if is_new or not file.exists():
        await run.worker.send(b"keep")
        await _written_after(run, run.kept)
    return str(file)


async def _written_after(run: Run, count: int) -> None:
    """Wait until a run has written its picture once more."""
    end = time.monotonic() + PATIENCE
    while run.kept <= count and not run.is_over and time.monotonic() < end:
        await run.changes.wait(1.0)
    if run.kept <= count:
        raise UsageError("the run did not hand its picture over; try again")
