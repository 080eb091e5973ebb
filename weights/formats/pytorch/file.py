"""PyTorch's .pth, without PyTorch and without running pickles.

Since PyTorch 1.6 a file is a zip archive: ``data.pkl`` describes the tensors, and the numbers of
each storage lie in an entry ``data/KEY``.  Before (and torchvision's published VGG-16 and VGG-19
are from before), it is five pickles, one after the other: a magic number, the version, the
machine's sizes, the tensors, the keys of all storages in order; then each storage as its number of
elements (int64) and their bytes.  `checkpoint.py` and `tensors.py` read what the pickles say.
"""

import io
import zipfile
from contextlib import ExitStack
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ...assembly.stored import Contents, UnsuitableFileError, library_errors, unreadable
from ..archive import opened_archive, read_entry
from ..pickle_data import read_pickle
from ..state_dict import read_state_dict
from .checkpoint import find_tensors
from .tensors import Fetch, Storage, Tensor

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_LONGEST_PICKLE = 1 << 20

Found = dict[str, Tensor | UnsuitableFileError]
"""All tensors of a file, or why they cannot be read."""


def read(file: IO[bytes]) -> Contents:
    """Read the state_dict of a VGG-16 or VGG-19, which may lie within a checkpoint.

    Parameters
    ----------
    file : binary file
        A .pth of either form.

    Returns
    -------
    Contents
        Filters of 16 bits become float32, which holds them exactly.

    Raises
    ------
    UnsuitableFileError
        If it holds something else, or is damaged.
    """
    with library_errors("it cannot be read"), ExitStack() as stack:
        # By its first bytes, as PyTorch: any file may also end as an archive does.
        if file.read(4) == b"PK\x03\x04":
            tensors, fetch = _open_archive(stack.enter_context(opened_archive(file)))
        else:
            tensors, fetch = _open_legacy(file)
        return read_state_dict(
            {
                name: tensor.stored_array(fetch)
                if isinstance(tensor, Tensor)
                else unreadable(tensor)
                for name, tensor in tensors.items()
            }
        )


def _open_archive(archive: zipfile.ZipFile) -> tuple[Found, Fetch]:
    descriptions = [name for name in archive.namelist() if name.endswith("data.pkl")]
    if len(descriptions) != 1:
        raise UnsuitableFileError(f"has {len(descriptions)} data.pkl", "one")
    folder = descriptions[0].removesuffix("data.pkl")
    if f"{folder}byteorder" in archive.namelist():
        order = read_entry(archive, f"{folder}byteorder", most=10)
        _require_little_endian(order == b"little")

    def fetch(storage: Storage, start: int, count: int) -> NDArray[Any]:
        entry = archive.getinfo(f"{folder}data/{storage.key}")
        if entry.file_size != storage.size * storage.dtype.itemsize or entry.compress_type:
            raise UnsuitableFileError(
                f"its entry data/{storage.key} has {entry.file_size} bytes, or is compressed",
                f"{storage.size} numbers of {storage.dtype.itemsize} bytes",
            )
        with archive.open(entry) as file:
            file.seek(start * storage.dtype.itemsize)
            return np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype)

    description = read_entry(archive, descriptions[0], most=_LONGEST_PICKLE)
    return find_tensors(read_pickle(io.BytesIO(description))), fetch


def _open_legacy(file: IO[bytes]) -> tuple[Found, Fetch]:
    file.seek(0)
    start = io.BytesIO(file.read(_LONGEST_PICKLE))
    if read_pickle(start) != _MAGIC or read_pickle(start) != _VERSION:
        raise UnsuitableFileError("does not begin as PyTorch's files do", "a PyTorch file")
    machine, tree, keys = (read_pickle(start) for _ in range(3))
    _require_little_endian(isinstance(machine, dict) and machine.get("little_endian") is True)
    tensors = find_tensors(tree)
    file.seek(start.tell())
    storages = [tensor.storage for tensor in tensors.values() if isinstance(tensor, Tensor)]
    places = _places(file, keys, {storage.key: storage for storage in storages})

    def fetch(storage: Storage, start: int, count: int) -> NDArray[Any]:
        place = places[storage.key] + start * storage.dtype.itemsize
        file.seek(place)
        return np.fromfile(file, storage.dtype, count)

    return tensors, fetch


def _places(file: IO[bytes], keys: Any, storages: dict[str, Storage]) -> dict[str, int]:
    """Find where each storage begins, by the number of elements in front of it."""
    # Any other key could cost any time to hash or print: tuples of tuples of tuples.
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise UnsuitableFileError("lists storages by what is no string", "a state_dict")
    places: dict[str, int] = {}
    for key in keys:
        size = int.from_bytes(file.read(8), "little")
        if key not in storages or size != storages[key].size:
            raise UnsuitableFileError(
                f"its storage {key!r:.40} has {size} elements, so it is damaged or cut short",
                "a complete file",
            )
        places[key] = file.tell()
        file.seek(size * storages[key].dtype.itemsize, io.SEEK_CUR)
    return places


def _require_little_endian(is_little: bool) -> None:
    if not is_little:
        raise UnsuitableFileError("was written by a big-endian machine", "little-endian numbers")
