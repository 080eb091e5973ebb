"""Test vectors as a file: HDF5 with groups and attributes, or NumPy's .npz."""

import json
import math
from pathlib import Path

import h5py
import numpy as np

from ..errors import UsageError
from ..regular_file import open_regular
from ..weights.assembly.stored import UnsuitableFileError, library_errors
from ..weights.formats.archive import opened_archive
from ..weights.formats.hdf5 import LIMITS
from ..weights.formats.hdf5.everything import MOST_BYTES, parse
from ..weights.formats.isolated import parsed
from ..weights.formats.npz import stored_entry
from ..whole_file import require_writable, whole_file
from .contents import FORMAT, Vectors, content_hash

ABOUT = "about"
"""In .npz, the name of the entry that holds the description as JSON."""

_DAMAGES = (OSError, KeyError, ValueError, TypeError, RecursionError, UnsuitableFileError)


def write_vectors(path: str | Path, vectors: Vectors) -> None:
    """Write test vectors.

    Parameters
    ----------
    path : path
        ``.h5`` (or ``.hdf5``): each array a dataset, the description in attributes of the root;
        ``.npz``: each array an entry, the description the entry ``about``, as JSON.
    vectors : Vectors

    Raises
    ------
    UsageError
        If the extension is another one, or nothing can be written there.
    RunError
        If writing fails.
    """
    target = Path(path)
    check_writable(target)
    with whole_file(target) as part:
        if target.suffix == ".npz":
            _write_npz(part, vectors)
        else:
            _write_hdf5(part, vectors)


def read_vectors(path: str | Path) -> Vectors:
    """Read test vectors, and make sure that they are whole.

    Parameters
    ----------
    path : path
        What `write_vectors` wrote.

    Raises
    ------
    UsageError
        If the file is not there, holds something else, is of a newer format, or was changed.
    """
    source = Path(path)
    require_known(source)
    try:
        vectors = _read_npz(source) if source.suffix == ".npz" else _read_hdf5(source)
        is_newer = vectors.about["format"] > FORMAT
        is_whole = content_hash(vectors.arrays) == vectors.about["sha256"]
    except _DAMAGES as error:
        raise UsageError(f"{path} holds no test vectors ({error}); write new ones") from None
    if is_newer:
        raise UsageError(f"{path} has the format {vectors.about['format']}, newer than {FORMAT}")
    if not is_whole:
        raise UsageError(f"{path} was changed: its sha256 does not fit; write new ones")
    return vectors


def require_known(path: Path) -> None:
    """Raise UsageError unless the extension is one of ours."""
    if path.suffix not in (".h5", ".hdf5", ".npz"):
        raise UsageError(f"{path} should end in .h5 or .npz; choose one of them")


def check_writable(path: Path) -> None:
    """Raise UsageError if the extension is another one, or nothing can be written there."""
    require_known(path)
    require_writable(path)


def _write_npz(path: Path, vectors: Vectors) -> None:
    about = np.array(json.dumps(vectors.about))
    with path.open("wb") as file:  # a name without .npz would get one
        np.savez_compressed(file, allow_pickle=False, **vectors.arrays, **{ABOUT: about})


def _write_hdf5(path: Path, vectors: Vectors) -> None:
    # `whole_file` holds the lock that HDF5 would take
    with h5py.File(path, "w", locking=False) as file:
        for key, value in vectors.about.items():
            file.attrs[key] = value if isinstance(value, int | str) else json.dumps(value)
        for name, text in vectors.about["conventions"].items():
            file.attrs[f"convention: {name}"] = text
        for name, array in vectors.arrays.items():
            file[name] = array


def _read_hdf5(path: Path) -> Vectors:
    with parsed(parse, path, LIMITS) as (attributes, stored):
        arrays = {name: np.asarray(array.read()) for name, array in stored.items()}
    about = {
        key: json.loads(value) if str(value).startswith("{") else value
        for key, value in attributes.items()
        if not key.startswith("convention: ")
    }
    about["format"] = int(about["format"])
    return Vectors(arrays, about)


def _read_npz(path: Path) -> Vectors:
    with (
        library_errors("its archive cannot be read"),
        open_regular(path) as file,
        opened_archive(file) as archive,
    ):
        stored = {
            name.removesuffix(".npy"): stored_entry(archive, name) for name in archive.namelist()
        }
        size = sum(entry.dtype.itemsize * math.prod(entry.shape) for entry in stored.values())
        if size > MOST_BYTES:
            raise UnsuitableFileError(f"holds {size} bytes", f"at most {MOST_BYTES}")
        arrays = {name: np.asarray(entry.read()) for name, entry in stored.items()}
    return Vectors(arrays, json.loads(str(arrays.pop(ABOUT))))
