"""NumPy's .npz: arrays under the names that `layer_names` knows, never pickled objects.

An optional entry ``normalization`` holds the string ``oxford`` or ``torchvision``.
"""

import zipfile
from pathlib import Path
from typing import Any

from numpy.lib import format as npy_format
from numpy.typing import NDArray

from ...vgg_weights import OXFORD, TORCHVISION, Normalization
from ..assembly.stored import Contents, StoredArray, UnsuitableFileError, library_errors
from .npy import read_header
from .state_dict import read_state_dict

_NORMALIZATIONS = {"oxford": OXFORD, "torchvision": TORCHVISION}


def read(path: Path) -> Contents:
    """Read a VGG from the arrays of an archive.

    Parameters
    ----------
    path : Path
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
    with library_errors("the archive cannot be read"), zipfile.ZipFile(path) as archive:
        entries = {name.removesuffix(".npy"): _stored(archive, name) for name in archive.namelist()}
        named = entries.pop("normalization", None)
        return read_state_dict(entries, None if named is None else _named(named))


def _stored(archive: zipfile.ZipFile, name: str) -> StoredArray:
    """Read the header of an array: a wrong one would make NumPy allocate before it reads."""
    with archive.open(name) as file:
        shape, dtype = read_header(file)

    def read_array() -> NDArray[Any]:
        with archive.open(name) as file:
            array: NDArray[Any] = npy_format.read_array(file, allow_pickle=False)
            return array

    return StoredArray(shape, dtype, read_array)


def _named(entry: StoredArray) -> Normalization:
    name = str(entry.read()) if entry.shape == () and entry.dtype.kind == "U" else "no string"
    if name not in _NORMALIZATIONS:
        raise UnsuitableFileError(
            f"its entry `normalization` is {name!r}", "'oxford' or 'torchvision'"
        )
    return _NORMALIZATIONS[name]
