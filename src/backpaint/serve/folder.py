"""The server's own folder for pictures: gone when it ends, or swept away by the next one."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..private_folder import is_ours_alone

if sys.platform != "win32":  # there, a folder that a killed server left stays
    import fcntl

PREFIX = "backpaint-serve-"
LOCK = "in-use"
"""The file that a server keeps locked as long as it lives; the system unlocks it for the dead."""


@contextmanager
def served_folder() -> Iterator[Path]:
    """Make a folder that only this user can read, after sweeping away those of servers that died.

    Yields
    ------
    Path
        Removed with all that is in it when the block ends.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep() -> list[Path]:
    """Remove the folders whose servers are gone.

    Returns
    -------
    list of Path
        What was removed.
    """
    here = Path(tempfile.gettempdir())
    return [folder for folder in sorted(here.glob(f"{PREFIX}*")) if _remove_if_stale(folder)]


def _locked(folder: Path) -> int:
    """Lock a folder; the file has its name only once it is locked, so that no sweep comes first."""
    new = folder / f"{LOCK}.new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        new.rename(folder / LOCK)
    return descriptor


def _remove_if_stale(folder: Path) -> bool:
    """Remove a folder of this user's whose lock nobody holds."""
    if sys.platform == "win32":
        return False
    with suppress(OSError):  # another user's, or removed meanwhile, or locked
        if not is_ours_alone(folder):
            return False
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            return True
        finally:
            os.close(descriptor)
    return False
