"""NumPy's .npz: arrays under the names that `layer_names` knows, never pickled objects.

An optional entry ``normalization`` holds the string ``oxford`` or ``torchvision``.
"""

import zipfile
from typing import IO, Any

from numpy.lib import format as npy_format
from numpy.typing import NDArray

from ...vgg_weights import OXFORD, TORCHVISION, Normalization
from ..assembly.stored import Contents, StoredArray, UnsuitableFileError, library_errors
from .archive import opened_archive
from .npy import read_header
from .state_dict import read_state_dict

_NORMALIZATIONS = {"oxford": OXFORD, "torchvision": TORCHVISION}
_MOST_ENTRIES = 1000
"""VGG-19 with its head, as palettes, has 58."""

_LONGEST_TEXT = 64
"""Bytes of a NumPy string of 16 letters."""


def read(file: IO[bytes]) -> Contents:
    """Read a VGG from the arrays of an archive.

    Parameters
    ----------
    file : binary file
        A zip archive of .npy arrays.

    Returns
    -------
    Contents
        With the head if the file has it.

    Raises
    ------
    UnsuitableFileError
        If the archive holds anything else, or is damaged.
    """
    with library_errors("the archive cannot be read"), opened_archive(file) as archive:
        count = len(archive.namelist())
        if count > _MOST_ENTRIES:  # before so many headers are read
            raise UnsuitableFileError(f"holds {count} arrays", f"at most {_MOST_ENTRIES}")
        entries = {
            name.removesuffix(".npy"): stored_entry(archive, name) for name in archive.namelist()
        }
        named = entries.pop("normalization", None)
        return read_state_dict(entries, None if named is None else _named(named))


def stored_entry(archive: zipfile.ZipFile, name: str) -> StoredArray:
    """Read the header of an array: a wrong one would make NumPy allocate before it reads.

    Parameters
    ----------
    archive : ZipFile
        From `opened_archive`; open until the array is read.
    name : str
        Of the entry.

    Raises
    ------
    UnsuitableFileError
        If the header is too long.
    Exception
        Anything else if it is damaged: to be called within `library_errors`.
    """
    with archive.open(name) as file:
        shape, dtype = read_header(file)

    def read_array() -> NDArray[Any]:
        with archive.open(name) as file:
            array: NDArray[Any] = npy_format.read_array(file, allow_pickle=False)
            return array

    return StoredArray(shape, dtype, read_array)


def _named(entry: StoredArray) -> Normalization:
    is_text = entry.shape == () and entry.dtype.kind == "U"
    name = str(entry.read()) if is_text and entry.dtype.itemsize <= _LONGEST_TEXT else "no string"
    if name not in _NORMALIZATIONS:
        raise UnsuitableFileError(
            f"its entry `normalization` is {name!r}", "'oxford' or 'torchvision'"
        )
    return _NORMALIZATIONS[name]
