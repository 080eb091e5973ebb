"""Rows of numbers as they lie in files of several formats."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...vgg_weights import Float32
from ..assembly.stored import UnsuitableFileError

_MOST_AXES = 8


def byte_count(shape: Sequence[int], dtype: np.dtype[Any]) -> int:
    """Count the bytes that an array takes, for a shape that a file made up.

    Parameters
    ----------
    shape : sequence of int
        Of any size: Python's integers do not overflow.
    dtype : numpy.dtype
        Of one number.

    Returns
    -------
    int
        To be compared with what is there.

    Raises
    ------
    UnsuitableFileError
        If there are so many axes that multiplying them could take any time.
    """
    if len(shape) > _MOST_AXES:
        raise UnsuitableFileError(f"holds an array of {len(shape)} axes", f"at most {_MOST_AXES}")
    return math.prod(shape) * dtype.itemsize


def from_bfloat16(bits: NDArray[Any]) -> Float32:
    """Widen bfloat16, the upper half of a float32: exact.

    Parameters
    ----------
    bits : (n,) ndarray of uint16
        Little-endian, as they lie in a file.

    Returns
    -------
    (n,) ndarray of float32
    """
    return (bits.astype("<u4") << 16).view("<f4")
