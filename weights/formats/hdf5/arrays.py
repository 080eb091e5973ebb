"""Datasets of an HDF5 file: their own numbers, all written, in chunks that end.

HDF5 itself sets no limit to what a chunk unpacks to, and returns a number that the file chooses for
chunks that nobody wrote.
"""

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ...assembly.stored import StoredArray, UnsuitableFileError

_DEFLATE, _CHECKSUM = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_FLETCHER32
_FILTERS = {h5py.h5z.FILTER_SHUFFLE, _DEFLATE, _CHECKSUM}
_CHECKSUM_SIZE = 4
"""What FLETCHER32 adds to a chunk, perhaps before it is deflated."""

_USUAL_CHUNK = 1 << 20
"""Bytes that a chunk may have even where its array is smaller."""

_SMALL_CHUNK = 1 << 10
"""Bytes of a chunk of which there may be only `_MOST_SMALL_CHUNKS`."""

_MOST_SMALL_CHUNKS = 10_000
_PART = 1 << 20
"""Bytes that are read at a time, or more where the chunks are larger."""


@dataclass(frozen=True, kw_only=True)
class StoredDataset(StoredArray):
    """A dataset that can also be read part by part, or without HDF5.

    Attributes
    ----------
    place : int or None
        Where in the file its numbers lie in a row, as `dtype` says; None where they do not.
    parts : callable
        Yields arrays that follow each other along the first axis, in memory that they share.
    """

    place: int | None
    parts: Callable[[], Iterator[NDArray[Any]]]


def stored_array(dataset: h5py.Dataset) -> StoredDataset:
    """Describe a dataset without reading it.

    Parameters
    ----------
    dataset : h5py.Dataset
        Any.

    Returns
    -------
    StoredDataset
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
    # `_check_inflation` looks at what is stored, so only a checksum may stand after its end.
    if not set(filters) <= _FILTERS or not set(behind) <= {_CHECKSUM}:
        raise UnsuitableFileError(
            f"`{dataset.name}` is packed by HDF5 filters {filters}", "gzip or none"
        )
    shape = dataset.shape
    if shape is None:
        raise UnsuitableFileError(f"`{dataset.name}` is empty", "an array")
    return StoredDataset(
        shape,
        dataset.dtype,
        lambda: _read(dataset, filters),
        place=_place(dataset),
        parts=lambda: _parts(dataset, filters),
    )


def _place(dataset: h5py.Dataset) -> int | None:
    is_same = dataset.id.get_type().equal(h5py.h5t.py_create(dataset.dtype))
    is_row = dataset.chunks is None and dataset.size > 0 and is_same
    place: int | None = dataset.id.get_offset() if is_row else None
    return place


def _read(dataset: h5py.Dataset, filters: list[int]) -> NDArray[Any]:
    """Read a dataset whose shape was found to be right."""
    _check_storage(dataset, filters)
    return np.asarray(dataset[()])


def _parts(dataset: h5py.Dataset, filters: list[int]) -> Iterator[NDArray[Any]]:
    """Read some rows at a time, and each chunk once."""
    _check_storage(dataset, filters)
    if dataset.ndim == 0:
        yield np.asarray(dataset[()])
    if dataset.ndim == 0 or dataset.size == 0:  # of as many rows as a file likes to say
        return
    rows = max(_PART // max(math.prod(dataset.shape[1:]) * dataset.dtype.itemsize, 1), 1)
    chunk = dataset.chunks[0] if dataset.chunks else 1
    step = min(-(-rows // chunk) * chunk, dataset.shape[0])
    part = np.empty((step, *dataset.shape[1:]), dataset.dtype)
    for start in range(0, dataset.shape[0], step):
        filled = part[: dataset.shape[0] - start]
        dataset.read_direct(filled, np.s_[start : start + step])
        yield filled


def _check_storage(dataset: h5py.Dataset, filters: list[int]) -> None:
    if dataset.size == 0:
        return
    if dataset.chunks is not None:
        _check_chunks(dataset, filters)
    elif dataset.id.get_space_status() == h5py.h5d.SPACE_STATUS_NOT_ALLOCATED:
        raise _not_written(dataset)


def _check_chunks(dataset: h5py.Dataset, filters: list[int]) -> None:
    item = dataset.id.get_type().get_size()  # in the file; NumPy may have a wider type
    size = math.prod(dataset.chunks) * item
    count = math.prod(-(-n // c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))
    is_fine = size < _SMALL_CHUNK and count > _MOST_SMALL_CHUNKS
    if is_fine or size > max(dataset.size * item, _USUAL_CHUNK):
        raise UnsuitableFileError(
            f"`{dataset.name}` lies in {count} chunks of {size} bytes",
            f"at most {_MOST_SMALL_CHUNKS} below {_SMALL_CHUNK} bytes, none larger than the array",
        )
    for slices in dataset.iter_chunks():
        offset = tuple(part.start for part in slices)
        if dataset.id.get_chunk_info_by_coord(offset).byte_offset is None:
            raise _not_written(dataset)
        if _DEFLATE in filters:
            _check_inflation(dataset, offset, filters.index(_DEFLATE), size)


def _check_inflation(dataset: h5py.Dataset, offset: tuple[int, ...], place: int, size: int) -> None:
    """Refuse a chunk that would unpack to more than a chunk."""
    skipped, packed = dataset.id.read_direct_chunk(offset)
    if skipped >> place & 1:
        return
    most = size + _CHECKSUM_SIZE
    if len(zlib.decompressobj().decompress(packed, most + 1)) > most:
        raise UnsuitableFileError(
            f"a chunk of `{dataset.name}` unpacks to more than {most} bytes", f"{size}"
        )


def _not_written(dataset: h5py.Dataset) -> UnsuitableFileError:
    return UnsuitableFileError(
        f"`{dataset.name}` was never written, or not all of it", "a complete file"
    )
