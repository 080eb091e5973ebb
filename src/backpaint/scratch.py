"""Arrays in files of a folder that a person gives, for what memory does not hold.

Such a file has no name from its beginning on: it goes with the process, however that ends.
"""

import errno
import os
import shutil
import tempfile
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .errors import RunError, UsageError
from .regular_file import is_folder
from .words import memory, printable


def require_folder(scratch: object) -> str | None:
    """Return a folder's path; None for none.

    Raises
    ------
    UsageError
        If it is no folder, or nothing can be written there.
    """
    if scratch is None:
        return None
    if not isinstance(scratch, str | os.PathLike) or not isinstance(os.fspath(scratch), str):
        raise UsageError(f"scratch is {scratch!r}; expected a folder, or None")
    folder = os.fspath(scratch)
    if not is_folder(folder):
        raise UsageError(f"{printable(folder)} is no folder; --scratch expects one that is there")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"nothing can be written to {printable(folder)}; choose another --scratch")
    return folder


def require_room(folder: str, nbytes: int) -> None:
    """Raise UsageError if a folder's disk has less room than is needed."""
    free = shutil.disk_usage(folder).free
    if nbytes > free:
        raise UsageError(
            f"{printable(folder)} has {memory(free)} free, and {memory(nbytes)} are needed there; "
            "choose another --scratch"
        )


def zeros(folder: str | None, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Make an array of zeros: in a file where there is a folder for it, in memory otherwise.

    Parameters
    ----------
    folder : str or None
    shape : tuple of int
    dtype : dtype

    Raises
    ------
    RunError
        As `array_in_file`.
    """
    return np.zeros(shape, dtype) if folder is None else array_in_file(folder, shape, dtype)


def array_in_file(folder: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Make an array of zeros in a file.

    Parameters
    ----------
    folder : str
    shape : tuple of int
    dtype : dtype

    Raises
    ------
    RunError
        If the disk is full: found out here, not by a signal when the array is written.
    """
    nbytes = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".backpaint-") as file:
            _reserve(file.fileno(), max(nbytes, 1))
            return np.memmap(file, dtype, "r+", shape=shape).view(np.ndarray)
    except OSError as error:
        reason = "its disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise RunError(
            f"{memory(nbytes)} cannot be kept in {printable(folder)}: {reason}; choose another "
            "--scratch"
        ) from None


def _reserve(file: int, nbytes: int) -> None:
    """Take room on the disk; where the system cannot, at least make the file as long."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, nbytes)
    else:
        os.truncate(file, nbytes)
