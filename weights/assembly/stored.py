"""Arrays that a reader found in a file and has not read yet, and the errors of those it refuses.

Readers hand over `StoredArray`; `find_network.py` and `assemble.py` make a network of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...vgg_weights import Float32, Normalization

Shape = tuple[int, ...]


class UnsuitableFileError(Exception):
    """Why a file is no VGG: the second half of the sentence "FILE is a MATLAB v5 file, but ...".

    Parameters
    ----------
    found : str
        What is wrong: ``"holds no `layers`"``.
    expected : str
        What should be there instead.
    """

    def __init__(self, found: str, expected: str = "a VGG-16 or VGG-19") -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found = found
        self.expected = expected


@dataclass(frozen=True)
class StoredArray:
    """An array that still lies in its file.

    Attributes
    ----------
    shape : tuple of int
        In the order of the file's own conventions.
    dtype : numpy.dtype
        As stored.
    read : callable
        Returns the array.
    stored_as : str
        What the file calls its numbers, where NumPy has no such type: ``"bfloat16"``.
    problem : UnsuitableFileError or None
        Why it cannot be read; raised only if a layer of the network needs it.
    """

    shape: Shape
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]
    stored_as: str = ""
    problem: UnsuitableFileError | None = None

    @property
    def precision(self) -> str:
        """The type in which the numbers are stored: ``"float32"``, ``"bfloat16"``."""
        return self.stored_as or self.dtype.name


def unreadable(problem: UnsuitableFileError) -> StoredArray:
    """Return a place holder for an array that no layer may need."""
    return StoredArray((), np.dtype("V"), lambda: np.empty(()), problem=problem)


@dataclass(frozen=True)
class StoredLayer:
    """Filters and biases of one layer, still in their file."""

    filters: StoredArray
    biases: StoredArray


@dataclass(frozen=True)
class Contents:
    """The result of a reader: the parts of `VGGWeights` that depend on the format."""

    filters: Mapping[str, Float32]
    biases: Mapping[str, Float32]
    normalization: Normalization
    precision: str
    classes: tuple[str, ...] = field(default=())
    left_out: tuple[str, ...] = field(default=())


@contextmanager
def library_errors(found: str) -> Iterator[None]:
    """Turn whatever a library raises on a damaged file into one sentence.

    SciPy, h5py, NumPy and zipfile raise a dozen types between them, most undocumented; the
    original stays attached as the cause.
    """
    try:
        yield
    except (UnsuitableFileError, UsageError):
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        if isinstance(error, MemoryError):
            raise UnsuitableFileError(
                f"{found} ({reason})", "more free memory, or a network without its head"
            ) from error
        raise UnsuitableFileError(
            f"{found}, so it is damaged or cut short ({reason})", "a complete file"
        ) from error
