"""Keras 3's .keras: a zip archive around a .weights.h5.

Nothing of it is unpacked, to disk or to memory, and its description of the model, which could name
any Python class, is not read at all.
"""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

from ...assembly.stored import Contents, UnsuitableFileError, library_errors
from ..hdf5 import LIMITS, offered
from ..isolated import parsed, refusals
from .h5 import find_arrays, read_network

_WEIGHTS = "model.weights.h5"
_PART = 1 << 20
_HEADER_SIZE = 30


def read(path: Path) -> Contents:
    """Read a VGG from a .keras archive.

    Parameters
    ----------
    path : Path
        A zip archive.

    Returns
    -------
    Contents
        As from `keras.h5.read`.

    Raises
    ------
    UnsuitableFileError
        If it holds another network, or is damaged.
    """
    with parsed(parse, path, LIMITS) as (_, arrays):
        return read_network(arrays)


def parse(path: str) -> tuple[Any, list[Any]]:
    """Find a network's arrays in the archive: called in a child process."""
    with refusals(), library_errors("it cannot be read"), zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(_WEIGHTS)
        if entry.compress_type != zipfile.ZIP_STORED:  # Keras never packs: it may be a bomb
            raise UnsuitableFileError(f"its {_WEIGHTS} is compressed", "as Keras writes it")
        with archive.open(entry) as content:
            while content.read(_PART):  # to the end, where its checksum is compared
                pass
        start = _start(archive, entry)
    return offered(_Window(path, start, entry.file_size), find_arrays, start)


def _start(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Return where the bytes of an entry begin, after a header, a name and extra fields."""
    assert archive.fp is not None
    archive.fp.seek(entry.header_offset)
    name, extra = struct.unpack("<26x2H", archive.fp.read(_HEADER_SIZE))
    return entry.header_offset + _HEADER_SIZE + int(name) + int(extra)


class _Window(io.RawIOBase):
    """A part of a file, as a file of its own."""

    def __init__(self, path: str, start: int, size: int) -> None:
        self._file, self._start, self._size, self._place = io.FileIO(path), start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer).cast("B")[: max(self._size - self._place, 0)]
        self._file.seek(self._start + self._place)
        count = self._file.readinto(room) or 0
        self._place += count
        return count
