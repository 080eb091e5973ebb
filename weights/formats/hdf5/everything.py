"""All arrays of a small HDF5 file, and the attributes of its root: test vectors, for instance."""

from typing import Any

import h5py

from ...assembly.stored import StoredArray, UnsuitableFileError
from .arrays import stored_array
from .objects import child, entries, text
from .offered import offered

_MOST_OBJECTS = 40_000
"""Arrays and groups; the test vectors are 4000 arrays."""

MOST_BYTES = 256 << 20
_LONGEST_TEXT = 100_000
_LONGEST_PATH = 1000
_MOST_ATTRIBUTES = 100


def parse(path: str) -> tuple[Any, list[Any]]:
    """Find arrays and description: called in a child process.

    Parameters
    ----------
    path : str
        Of an HDF5 file.

    Returns
    -------
    values, arrays
        For `isolated.parsed`: the attributes of the root by name, and the arrays by path.

    Raises
    ------
    Refusal
        If it is damaged, or holds more than a small file does.
    """
    return offered(path, lambda file: (_attributes(file), _arrays(file)))


def _attributes(file: h5py.File) -> dict[str, int | str]:
    if len(file.attrs) > _MOST_ATTRIBUTES:
        raise UnsuitableFileError(
            f"has {len(file.attrs)} attributes", f"at most {_MOST_ATTRIBUTES}"
        )
    found: dict[str, int | str] = {}
    for key in file.attrs:
        stored = file.attrs.get_id(key)
        if stored.shape == () and stored.dtype.kind in "iu":
            found[key] = int(file.attrs[key])
        else:
            found[key] = text(file, key, _LONGEST_TEXT) or ""
    return found


def _arrays(file: h5py.File) -> dict[str, StoredArray]:
    """Find all arrays; hard links that lead in circles end at the longest path."""
    found: dict[str, StoredArray] = {}
    waiting: list[tuple[str, h5py.Group]] = [("", file)]
    count = size = 0
    while waiting:
        prefix, group = waiting.pop()
        if len(prefix) > _LONGEST_PATH:
            raise UnsuitableFileError(f"holds a path of {len(prefix)} letters", f"{_LONGEST_PATH}")
        for name in entries(group):
            item = child(group, name)
            if isinstance(item, h5py.Group):
                waiting.append((f"{prefix}{name}/", item))
            elif isinstance(item, h5py.Dataset):
                found[f"{prefix}{name}"] = stored_array(item)
                size += item.nbytes
            count += 1
            if count > _MOST_OBJECTS or size > MOST_BYTES:
                raise UnsuitableFileError(
                    f"holds {count} objects of {size} bytes or more",
                    f"at most {_MOST_OBJECTS} of {MOST_BYTES}",
                )
    return found
