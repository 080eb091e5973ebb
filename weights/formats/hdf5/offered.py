"""The answer of a child process that has an HDF5 file open."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import h5py

from ....isolation.limits import Limits
from ....isolation.returned import StreamedArray
from ...assembly.stored import StoredArray, library_errors
from ..isolated import described, refusals

LIMITS = Limits(memory=2 << 30, seconds=120, may_start=False)
"""Of the child: the largest layer as one chunk of float32 needs 1.2 GB beside the libraries."""

Found = tuple[Any, Mapping[str, StoredArray]]
"""Plain values, and arrays by name."""


def offered(
    source: str | io.RawIOBase, find: Callable[[h5py.File], Found], start: int = 0
) -> tuple[Any, list[StreamedArray]]:
    """Open a file, and describe what is found in it; called in a child process.

    Parameters
    ----------
    source : str or binary file
        Of HDF5.
    find : callable
        Finds plain values and arrays, without reading these.
    start : int
        Where the HDF5 file begins in the one whose path the parent has.

    Returns
    -------
    values, arrays
        For `isolated.parsed`.  The file stays open until the child ends.

    Raises
    ------
    Refusal
        If it is not what `find` looks for, or is damaged.
    """
    with refusals(), library_errors("it cannot be read"):
        about, arrays = find(h5py.File(source, "r"))
        return described(about, arrays, start)
