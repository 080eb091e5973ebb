"""HDF5 with a guard: nothing outside of the file itself is ever opened.

h5py silently follows external links, external storage and virtual datasets into other files
(CVE-2026-1669 is Keras doing so).  Here an object is reached by hard links alone, and a dataset
must hold its own bytes, packed by a filter that every HDF5 has.
"""

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..assembly.stored import StoredArray, UnsuitableFileError, library_errors

_DEFLATE, _CHECKSUM = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_FLETCHER32
_FILTERS = {h5py.h5z.FILTER_SHUFFLE, _DEFLATE, _CHECKSUM}
_CHECKSUM_SIZE = 4
"""What FLETCHER32 adds to a chunk, perhaps before it is deflated."""

_USUAL_CHUNK = 1 << 20
"""Bytes that a chunk may have even where its array is smaller."""

_MOST_CHUNKS = 1_000_000


@contextmanager
def opened(path: Path | BytesIO) -> Iterator[h5py.File]:
    """Open a file for reading; whatever h5py raises until it is closed becomes one sentence."""
    with library_errors("it cannot be read"), h5py.File(path, "r") as file:
        yield file


def child(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset | None:
    """Look up one entry of a group, or the entry at a path of them.

    Parameters
    ----------
    group : h5py.Group
        Where to start.
    name : str
        ``"layers"`` or ``"block1_conv1/kernel:0"``.

    Returns
    -------
    h5py.Group or h5py.Dataset or None
        None where there is no such entry.

    Raises
    ------
    UnsuitableFileError
        If any step is a soft or external link.
    """
    found: h5py.Group | h5py.Dataset = group
    for part in name.split("/"):
        link = found.get(part, getlink=True) if isinstance(found, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise UnsuitableFileError(f"`{name}` is a link to elsewhere", "the array itself")
        found = found[part]
    return found


def stored_array(dataset: h5py.Dataset) -> StoredArray:
    """Describe a dataset without reading it.

    Parameters
    ----------
    dataset : h5py.Dataset
        Any.

    Returns
    -------
    StoredArray
        With the shape as HDF5 gives it.

    Raises
    ------
    UnsuitableFileError
        If the numbers lie in another file, or need a filter that is not built in.
    """
    properties = dataset.id.get_create_plist()
    if properties.get_layout() == h5py.h5d.VIRTUAL or properties.get_external_count() > 0:
        raise UnsuitableFileError(
            f"`{dataset.name}` keeps its numbers in another file", "the numbers themselves"
        )
    filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    behind = filters[filters.index(_DEFLATE) + 1 :] if _DEFLATE in filters else []
    # `_check_inflation` looks at what is stored, so only a checksum may stand behind its end.
    if not set(filters) <= _FILTERS or not set(behind) <= {_CHECKSUM}:
        raise UnsuitableFileError(
            f"`{dataset.name}` is packed by HDF5 filters {filters}", "gzip or none"
        )
    shape = dataset.shape
    if shape is None:
        raise UnsuitableFileError(f"`{dataset.name}` is empty", "an array")
    return StoredArray(shape, dataset.dtype, lambda: _read(dataset, filters))


def _read(dataset: h5py.Dataset, filters: list[int]) -> NDArray[Any]:
    """Read a dataset whose shape was found to be right."""
    if dataset.chunks is not None:
        item = dataset.id.get_type().get_size()  # in the file; NumPy may have a wider type
        size = math.prod(dataset.chunks) * item
        count = math.prod(-(-n // c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))
        if size > max(dataset.size * item, _USUAL_CHUNK) or count > _MOST_CHUNKS:
            raise UnsuitableFileError(
                f"`{dataset.name}` lies in {count} chunks of {size} bytes",
                f"at most {_MOST_CHUNKS}, none larger than the array",
            )
        if _DEFLATE in filters and count > 0:
            _check_inflation(dataset, filters.index(_DEFLATE), size)
    return np.asarray(dataset[()])


def _check_inflation(dataset: h5py.Dataset, place: int, size: int) -> None:
    """Refuse chunks that would unpack to more than a chunk: HDF5 itself sets no limit."""
    for slices in dataset.iter_chunks():
        offset = tuple(part.start for part in slices)
        if dataset.id.get_chunk_info_by_coord(offset).byte_offset is None:  # never written
            continue
        skipped, packed = dataset.id.read_direct_chunk(offset)
        if skipped >> place & 1:
            continue
        most = size + _CHECKSUM_SIZE
        if len(zlib.decompressobj().decompress(packed, most + 1)) > most:
            raise UnsuitableFileError(
                f"a chunk of `{dataset.name}` unpacks to more than {most} bytes", f"{size}"
            )
