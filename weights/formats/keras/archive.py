"""Keras 3's .keras: a zip archive around a .weights.h5.

Nothing of it is unpacked to disk, and its description of the model, which could name any Python
class, is not read at all.
"""

import io
import zipfile
from pathlib import Path

from ...assembly.stored import Contents, UnsuitableFileError, library_errors
from ..hdf5 import opened
from .h5 import read_network

_WEIGHTS = "model.weights.h5"


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
    with library_errors("it cannot be read"):
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo(_WEIGHTS)
            if entry.compress_type != zipfile.ZIP_STORED:  # Keras never packs: it may be a bomb
                raise UnsuitableFileError(f"its {_WEIGHTS} is compressed", "as Keras writes it")
            weights = io.BytesIO(archive.read(entry))
        with opened(weights) as file:
            return read_network(file)
