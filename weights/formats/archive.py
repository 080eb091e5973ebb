"""Zip archives with a guard: nothing is listed or unpacked before it is known to be small enough.

`zipfile` makes an object of every entry that an archive lists, before anybody can ask how many
there are; and it unpacks bzip2 and LZMA without limit, a gigabyte for the first ten bytes that are
asked for.  Deflate, which every archive of weights uses if any, unpacks as far as it is asked to.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from ..assembly.stored import UnsuitableFileError

_LONGEST_LIST = 1 << 20
"""Bytes; a VGG's archive lists some sixty entries, with less than a hundred bytes each."""

_PLAIN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@contextmanager
def opened_archive(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive for reading.

    Parameters
    ----------
    file : binary file
        Stays open.

    Yields
    ------
    ZipFile
        Every entry is stored as it is, or packed by deflate.

    Raises
    ------
    UnsuitableFileError
        If it lists too many entries, or has one that is packed otherwise.
    zipfile.BadZipFile
        If it is damaged.
    """
    frugal = _Frugal(file)
    with zipfile.ZipFile(cast(IO[bytes], frugal)) as archive:
        frugal.most = None  # the list is read
        for entry in archive.infolist():
            if entry.compress_type not in _PLAIN:
                raise UnsuitableFileError(
                    f"its entry {entry.filename!r:.80} is packed by method {entry.compress_type}",
                    "none or deflate",
                )
        yield archive


def read_entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Read an entry that may have so many bytes, whatever size it says it has.

    Raises
    ------
    UnsuitableFileError
        If it has more.
    """
    with archive.open(name) as entry:
        content = entry.read(most + 1)
    if len(content) > most:
        raise UnsuitableFileError(
            f"its entry {name!r:.80} has more than {most} bytes", "a small one"
        )
    return content


class _Frugal:
    """A file that reads no more at once than `most`; None: as much as it is asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self.most: int | None = _LONGEST_LIST
        self._file = file

    def read(self, count: int = -1) -> bytes:
        if self.most is None or 0 <= count <= self.most:
            return self._file.read(count)
        content = self._file.read(self.most + 1)
        if len(content) > self.most:
            raise UnsuitableFileError(
                f"its list of entries has more than {self.most} bytes", "less"
            )
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
