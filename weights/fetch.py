"""Downloads a published file once, and checks it before it is used.

What an interruption leaves is kept as ``FILE.part`` and continued by the next try, now or in the
next run.  Its time is the server's ``Last-Modified``: sent back as ``If-Range``, it makes the
server begin anew if the file has changed since.

A server, and whoever may write to the cache, are strangers: `transfer.py` bounds what a server may
send, `watched.py` how long it may take, and neither ``FILE`` nor ``FILE.part`` is ever a link or a
pipe.
"""

import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from typing import IO

from ..errors import RunError, UsageError
from ..private_folder import OTHERS_WRITE, is_ours_alone
from ..regular_file import open_regular
from ..words import printable
from .recognize import recognize
from .registry import Published, cache_folder
from .transfer import Transfer
from .watched import interruptions, watched

_TIMEOUT = 15.0
"""Seconds without an answer after which a try has failed."""

_LONGEST = 8 * 3600.0
"""Seconds for all tries together: VGG-19 in that time comes with 20 kB a second."""

_TRIES = 3
"""In a row that bring nothing, for each address."""

_PAUSE = 1.0
"""Seconds before another try; doubled after each that brought nothing."""


def fetch(
    entry: Published, folder: Path | None = None, notice: Callable[[str], None] = lambda line: None
) -> Path:
    """Return a published file, downloading it unless it was before.

    Parameters
    ----------
    entry : Published
        From `registry.by_name`.
    folder : Path, optional
        Where to put it; the user's cache by default.
    notice : callable
        Told which address fails, in a sentence.

    Returns
    -------
    Path
        The file, complete and checked, also where it was there already.

    Raises
    ------
    RunError
        If no address gives the file: says which one to download by hand, and where to put it.
    UsageError
        If another file has its place.
    """
    path = (folder or cache_folder()) / entry.file
    if os.path.lexists(path):
        _check_found(entry, path)
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{path.parent} cannot be made ({error.strerror})") from error
    deadline = time.monotonic() + _LONGEST
    for url in entry.urls:
        try:
            _fetch_from(url, entry, path, notice, deadline)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            notice(f"{url} cannot be fetched ({_reason(error)})")
        else:
            return path
    raise RunError(
        f"{entry.file} cannot be fetched; download it by hand from {' or '.join(entry.urls)} and "
        f"put it at {path}, or give its path instead of a name"
    )


def _check_found(entry: Published, path: Path) -> None:
    """Refuse what lies in the place of a published file and is another one."""
    try:
        with open_regular(path, follow=False) as file:
            wrong = entry.mismatch(file)
        if wrong is None:
            recognize(path)
    except (OSError, UsageError) as error:
        wrong = "it is a symbolic link" if path.is_symlink() else _reason(error)
    if wrong is not None:
        raise UsageError(
            f"{path} is not what was published as {entry.name} ({wrong}); expected that file; "
            "remove what is there, then fetch it again"
        )


def _fetch_from(
    url: str, entry: Published, path: Path, notice: Callable[[str], None], deadline: float
) -> None:
    """Download a file in several tries, and put it in its place when it is checked."""
    kept = path.with_name(f"{path.name}.part")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        kept.replace(partial)  # only one process succeeds in taking it
    try:
        with _opened(partial) as file:
            _persist(url, file, entry, notice, deadline)
            file.seek(0)
            wrong = entry.mismatch(file)
        if wrong is not None:
            raise ValueError(wrong)
        recognize(partial)  # some servers send a page, "not found", as if it were the file
        partial.replace(path)
    except ValueError:  # another file: nothing to continue
        partial.unlink(missing_ok=True)
        raise
    finally:
        with suppress(FileNotFoundError):
            if partial.lstat().st_size > 0:
                partial.replace(kept)
            else:
                partial.unlink()


def _opened(partial: Path) -> IO[bytes]:
    """Open what is to be continued, or a new file if that is none, or not ours alone."""
    with suppress(FileNotFoundError):
        status = partial.lstat()
        is_plain = stat.S_ISREG(status.st_mode) and is_ours_alone(partial)
        if not is_plain or status.st_nlink > 1:  # or a second name of a file to be left alone
            partial.unlink()
    file = open_regular(partial, "a+b", follow=False)
    partial.chmod(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~OTHERS_WRITE)
    return file


def _persist(
    url: str, file: IO[bytes], entry: Published, notice: Callable[[str], None], deadline: float
) -> None:
    """Try again, as long as that brings something or was not tried often."""
    failures = 0
    while True:
        before = _size(file)
        try:
            _continue(url, file, entry, deadline)
        except interruptions() as error:
            failures = 0 if _size(file) > before else failures + 1
            if failures == _TRIES:
                raise
            notice(f"interrupted ({_reason(error)}); trying again")
            time.sleep(_PAUSE * 2**failures)
        else:
            return


def _continue(url: str, file: IO[bytes], entry: Published, deadline: float) -> None:
    """Download what is missing of a file, or all of it where the server cannot continue."""
    import pooch

    headers = {"Accept-Encoding": "identity"}
    have = _size(file)
    if have > 0:
        headers["Range"] = f"bytes={have}-"
        modified = os.fstat(file.fileno()).st_mtime
        headers["If-Range"] = formatdate(modified, usegmt=True)
    transfer = Transfer(file, most=2_000_000 * entry.megabytes)
    download = pooch.HTTPDownloader(
        progressbar=True,
        timeout=_TIMEOUT,
        headers=headers,
        hooks={"response": transfer.begin},
    )
    try:
        watched(lambda: download(url, transfer, None), transfer, deadline)
    finally:
        transfer.end()
    if _size(file) != transfer.size:
        raise ConnectionError(f"{_size(file)} of {transfer.size} bytes came")


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _reason(error: Exception) -> str:
    text = (str(error) or type(error).__name__).splitlines()[0]
    return printable(text, 200)
