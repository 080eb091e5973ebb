"""Files that are files: opening one never waits for a pipe, and never writes to a device."""

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import IO, Any

from .errors import UsageError

NO_FILE = "expected a file, found a folder, pipe, device or socket"


def open_regular(path: str | Path, mode: str = "rb", *, follow: bool = True, **how: Any) -> IO[Any]:
    """Open a file as `open` does, unless it is none.

    Parameters
    ----------
    path : str or Path
        Name of a file.
    mode : str
        Not ``"w"``, which empties a file before anybody looks at it; ``"a"``, then `truncate`.
    follow : bool
        Whether a symbolic link is followed; else it is refused.
    **how
        As for `open`: ``encoding``.

    Returns
    -------
    file
        What `open` returns.

    Raises
    ------
    OSError
        If it cannot be opened, or is a folder, pipe, device or socket; or a link, unless `follow`.
    """
    extra = getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))

    def opener(name: str, flags: int) -> int:
        try:
            descriptor = os.open(name, flags | extra, 0o666)
        except OSError as error:
            if error.errno != errno.ENXIO:  # a pipe that nobody reads, or a socket
                raise
            raise OSError(errno.EINVAL, NO_FILE, name) from None
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise OSError(errno.EINVAL, NO_FILE, name)

    file: IO[Any] = open(path, mode, opener=opener, **how)  # noqa: SIM115
    return file


def is_file(path: str | Path) -> bool:
    """Whether there is a file; none where nobody may look, or a name is too long to be one.

    `Path.is_file` raises there, and so do its siblings.
    """
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: str | Path) -> bool:
    """Whether there is a folder; see `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112


def is_there(path: str | Path) -> bool:
    """Whether there is anything; see `is_file`."""
    return os.path.exists(path)  # noqa: PTH110


def digest(path: str | Path, advice: str = "name a file") -> str:
    """Compute the SHA-256 of a file, which may be larger than the memory.

    Parameters
    ----------
    path : str or Path
    advice : str
        What to do if it cannot be read.

    Raises
    ------
    UsageError
        If it cannot be read, or is no file; a pipe is not waited for.
    """
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # binary
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; {advice}") from None


def is_same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two names lead to one file, by links of any kind; or will, once it is written.

    Examples
    --------
    >>> is_same_file("missing.png", "./missing.png"), is_same_file("a.png", "b.png")
    (True, False)
    """
    try:
        return Path(one).samefile(other)
    except OSError:  # one of them is not there
        return os.path.realpath(one) == os.path.realpath(other)
