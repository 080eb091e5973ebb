"""Files that are being written: locked while their writer lives, swept when it died.

A killed process leaves its half-written file behind.  Whether a writer lives is told by a lock,
which the system lifts when a process ends, however it ends: numbers of processes are used again,
and those of another container cannot be seen.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .regular_file import open_regular

try:
    import fcntl
except ImportError:  # Windows; part files stay there
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

NAME = ".backpaint-{}.part"
YOUNGEST = 60.0
"""Seconds since the last change, before which nobody looks: a file is made just before its lock."""


@contextmanager
def lock(path: Path) -> Iterator[int]:
    """Hold a part file as one that is being written; HDF5 must then not lock it itself.

    Parameters
    ----------
    path : Path
        Of a file that its writer has just made.

    Yields
    ------
    int
        A descriptor of the file, to write to or to sync; closed with the ``with`` block.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        if HAS_LOCKS:
            with suppress(OSError):  # a file system without locks: nobody can take it either
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> list[Path]:
    """Remove the part files in a folder whose writers are dead.

    Parameters
    ----------
    folder : Path
        Not searched further down.

    Returns
    -------
    list of Path
        What was removed: files of this user alone, which nobody holds and which have not changed
        for a minute.
    """
    removed: list[Path] = []
    if not HAS_LOCKS:
        return removed
    with suppress(OSError):
        for path in sorted(folder.glob(NAME.format("*"))):
            with suppress(OSError):
                if _is_abandoned(path):
                    path.unlink()
                    removed.append(path)
    return removed


def _is_abandoned(path: Path) -> bool:
    """Whether a file is ours, not new, and held by nobody."""
    with open_regular(path, follow=False) as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.geteuid() or time.time() - status.st_mtime < YOUNGEST:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
