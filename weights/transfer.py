"""One answer of a server, bounded in size and in where it may come from."""

import os
import re
from contextlib import suppress
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import IO, Any
from urllib.parse import urljoin, urlsplit


class Transfer:
    """Takes an answer's headers and bytes, and writes to a file what may be.

    Parameters
    ----------
    file : binary file
        Holds the beginning, perhaps; opened for appending.
    most : int
        Bytes that the whole file may have.

    Attributes
    ----------
    size : int
        Of the whole file, as soon as the server has said it.
    received : int
        Bytes that came.
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file = file
        self.most = most
        self.size = 0
        self.received = 0
        self._modified: float | None = None
        self._is_over = False
        self._response: Any = None
        self._lock = Lock()

    def begin(self, response: Any, **_: Any) -> None:
        """Look at the headers before the first byte is written; called for redirections too."""
        self._response = response
        if response.is_redirect:
            _check_redirection(response)
            response.close()  # its text may be as long as it likes: it is not read
            return
        with self._lock:
            self._require_time()
            if response.status_code == 416:  # no more to send: what is here is another's
                self.file.truncate(0)
                raise ConnectionError("the server cannot continue")
            if response.ok:
                self._announce(response)

    def _announce(self, response: Any) -> None:
        """Keep what the headers say of the file, if it may be."""
        length = _length(response.headers)
        self.size = self._place(response, length) + length
        if self.size > self.most:
            raise ValueError(f"it has {self.size} bytes instead of about {self.most // 2}")
        with suppress(KeyError, TypeError, ValueError, OverflowError):
            said = parsedate_to_datetime(response.headers["Last-Modified"])
            self._modified = said.timestamp()

    def _place(self, response: Any, length: int) -> int:
        """Find out where the bytes that come belong; the file ends there afterwards."""
        have = os.fstat(self.file.fileno()).st_size
        if response.status_code != 206:  # not a continuation: all of it comes
            self.file.truncate(0)
            return 0
        expected = f"bytes {have}-{have + length - 1}/{have + length}"
        if have == 0 or response.headers.get("Content-Range") != expected:
            raise ValueError("the server continues somewhere else")
        return have

    def write(self, chunk: bytes) -> None:
        """Write what came, unless it is more than was said or the transfer is over."""
        with self._lock:
            self._require_time()
            if os.fstat(self.file.fileno()).st_size + len(chunk) > self.size:
                raise ValueError(f"more than the {self.size} bytes come that were announced")
            self.file.write(chunk)
            self.file.flush()
            self.received += len(chunk)

    def hang_up(self) -> None:
        """Close the connection; for the thread that reads from it, others would wait for that."""
        if self._response is not None:
            self._response.close()

    def flush(self) -> None:
        """Do nothing: `write` did it."""

    def _require_time(self) -> None:
        """Stop the thread of a transfer that was given up."""
        if self._is_over:
            raise ConnectionAbortedError("the transfer was given up")

    def end(self) -> None:
        """Write nothing any more, and leave the file's time to be sent as ``If-Range``.

        Without a time, nothing can be continued.
        """
        with self._lock:
            self._is_over = True
            status = os.fstat(self.file.fileno())
            if self._modified is not None:
                with suppress(OSError, OverflowError):  # a time that no file can have
                    _set_time(self.file, self._modified)
            elif status.st_size < self.size:
                self.file.truncate(0)


def _check_redirection(response: Any) -> None:
    """Refuse a way that begins encrypted and goes on in the open, where anybody may change it."""
    there = urljoin(response.url, response.headers["Location"])
    if urlsplit(response.url).scheme == "https" != urlsplit(there).scheme:
        raise ValueError(f"it leads from https to {there[:100]}")


def _length(headers: Any) -> int:
    """Read how many bytes come; they must come as they are, and in one piece."""
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise ValueError(f"the server packs the file by {encoding[:40]}")
    said = headers.get("Content-Length")
    if said is None:
        raise ValueError("the server does not say how long the file is")
    if "Transfer-Encoding" in headers:
        raise ValueError("the server says how long the file is, and sends it in chunks")
    if re.fullmatch(r"[0-9]{1,18}", said) is None:
        raise ValueError(f"the server says that the file has {said[:40]!r} bytes")
    return int(said)


def _set_time(file: IO[bytes], modified: float) -> None:
    target = file.fileno() if os.utime in os.supports_fd else file.name
    os.utime(target, (modified, modified))
