"""Downloads a published file once, and checks it before it is used.

What an interruption leaves is kept as ``FILE.part`` and continued by the next try, now or in the
next run.  Its time is the server's ``Last-Modified``: sent back as ``If-Range``, it makes the
server begin anew if the file has changed since.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

from ..errors import RunError
from .recognize import recognize
from .registry import Published, cache_folder

_TIMEOUT = 30.0
"""Seconds without an answer after which a try has failed."""

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
        The file, complete and checked.

    Raises
    ------
    RunError
        If no address gives the file: says which one to download by hand, and where to put it.
    """
    path = (folder or cache_folder()) / entry.file
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{path.parent} cannot be made ({error.strerror})") from error
    for url in entry.urls:
        try:
            _fetch_from(url, entry, path, notice)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            notice(f"{url} cannot be fetched ({_reason(error)})")
        else:
            return path
    raise RunError(
        f"{entry.file} cannot be fetched; download it by hand from {' or '.join(entry.urls)} and "
        f"put it at {path}, or give its path instead of a name"
    )


def _fetch_from(url: str, entry: Published, path: Path, notice: Callable[[str], None]) -> None:
    """Download a file in several tries, and put it in its place when it is checked."""
    kept = path.with_name(f"{path.name}.part")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        kept.replace(partial)  # only one process succeeds in taking it
    try:
        _persist(url, entry, partial, notice)
        _check(entry, partial)
        partial.replace(path)
    except ValueError:  # another file: nothing to continue
        partial.unlink(missing_ok=True)
        raise
    finally:
        with suppress(FileNotFoundError):
            partial.replace(kept)


def _persist(url: str, entry: Published, partial: Path, notice: Callable[[str], None]) -> None:
    """Try again, as long as that brings something or was not tried often."""
    failures = 0
    while True:
        before = partial.stat().st_size if partial.exists() else 0
        try:
            _continue(url, partial, entry)
        except _interruptions() as error:
            failures = 0 if partial.stat().st_size > before else failures + 1
            if failures == _TRIES:
                raise
            notice(f"interrupted ({_reason(error)}); trying again")
            time.sleep(_PAUSE * 2**failures)
        else:
            return


def _continue(url: str, partial: Path, entry: Published) -> None:
    """Download what is missing of a file, or all of it where the server cannot continue."""
    import pooch

    with partial.open("ab") as file:
        headers = {"Accept-Encoding": "identity"}
        if file.tell() > 0:
            headers["Range"] = f"bytes={file.tell()}-"
            headers["If-Range"] = formatdate(partial.stat().st_mtime, usegmt=True)
        transfer = _Transfer(file, most=2_000_000 * entry.megabytes)
        download = pooch.HTTPDownloader(
            progressbar=True,
            timeout=_TIMEOUT,
            headers=headers,
            hooks={"response": transfer.begin},
        )
        try:
            download(url, file, None)
        finally:
            file.flush()
            transfer.leave(partial)
    if partial.stat().st_size != transfer.size:
        raise ConnectionError(f"{partial.stat().st_size} of {transfer.size} bytes came")


class _Transfer:
    """What a server's answer says of the file, and what follows for the one on disk."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file = file
        self.most = most
        self.size = 0
        self.modified: float | None = None

    def begin(self, response: Any, **_: Any) -> None:
        """Look at the headers before the first byte is written; called for redirections too."""
        if response.status_code == 416:  # there is no more to send; so what is here is another's
            self.file.truncate(0)
            raise ConnectionError("the server cannot continue")
        if response.is_redirect or not response.ok:
            return
        if response.status_code != 206:  # not a continuation: all of it comes
            self.file.truncate(0)
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {self.file.tell()}-"):
            raise ValueError("the server continues somewhere else")
        if "Content-Length" not in response.headers:
            raise ValueError("the server does not say how long the file is")
        self.size = self.file.seek(0, os.SEEK_END) + int(response.headers["Content-Length"])
        if self.size > self.most:
            raise ValueError(f"it has {self.size} bytes instead of about {self.most // 2}")
        with suppress(KeyError, TypeError, ValueError):
            self.modified = parsedate_to_datetime(response.headers["Last-Modified"]).timestamp()

    def leave(self, partial: Path) -> None:
        """Leave the time to be sent as ``If-Range``; without one, nothing can be continued."""
        if self.modified is not None:
            os.utime(partial, (self.modified, self.modified))
        elif self.size > 0 and partial.stat().st_size < self.size:
            self.file.truncate(0)


def _interruptions() -> tuple[type[Exception], ...]:
    """Return the errors after which another try may go well, unlike a file that is not there."""
    from requests import ConnectionError as NoConnection
    from requests import Timeout
    from requests.exceptions import ChunkedEncodingError

    return (NoConnection, Timeout, ChunkedEncodingError, ConnectionError)


def _check(entry: Published, path: Path) -> None:
    wrong = entry.mismatch(path)
    if wrong is not None:
        raise ValueError(wrong)
    recognize(path)  # some servers send a page that says "not found" as if it were the file


def _reason(error: Exception) -> str:
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text if len(text) < 200 else f"{text[:200]}..."
