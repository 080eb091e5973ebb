"""Named arrays in one safetensors file that ends with the SHA-256 of everything before.

No pickle and no code, nothing compressed: what is read is never more than the file's own bytes.  A
file that was cut short, or of which a bit has flipped, is refused.
"""

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..engine.free_memory import available_bytes
from ..errors import UsageError
from ..regular_file import open_regular
from ..safetensors_header import CODES, DTYPES, header_bytes, read_header
from ..whole_file import whole_file
from ..words import memory, printable

FORMAT = "backpaint-checkpoint-1"
BEGIN = b'{"__metadata__": {"format": "backpaint-checkpoint-'
"""Of the header of any version."""
DIGEST = "sha256"
"""The last array's name."""
MOST_AXES = 8
PIECE = 1 << 24
"""Bytes that are written or read at a time."""
LONGEST_REASON = 200

Arrays = dict[str, NDArray[Any]]
Place = tuple[np.dtype[Any], tuple[int, ...]]
"""Type and shape of an array; where it lies follows from those before."""


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[Any]], facts: str) -> None:
    """Write arrays and a text as one file, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Replaced once all is on the disk.
    arrays : mapping of str to ndarray
        Numbers of the types of `CODES`; not copied where they are contiguous.
    facts : str
        Kept in the header.

    Raises
    ------
    RunError
        If writing fails.
    """
    described = {
        name: (array.dtype.newbyteorder("<"), array.shape) for name, array in arrays.items()
    }
    described[DIGEST] = np.dtype("u1"), (hashlib.sha256().digest_size,)
    header = header_bytes(described, {"format": FORMAT, "facts": facts})
    digest = hashlib.sha256(header)
    with whole_file(path) as part, part.open("wb") as file:
        file.write(header)
        for name, array in arrays.items():
            plain = np.ascontiguousarray(array, described[name][0])
            content = plain.reshape(-1).view(np.uint8).data
            for begin in range(0, len(content), PIECE):
                digest.update(content[begin : begin + PIECE])
                file.write(content[begin : begin + PIECE])
        file.write(digest.digest())


def read_arrays(
    path: str | Path, wanted: Callable[[str], bool] = lambda name: True
) -> tuple[Arrays, str]:
    """Read what `write_arrays` has written.

    Parameters
    ----------
    path : str or Path
    wanted : callable
        Whether an array of some name is to be kept; all are looked at.

    Returns
    -------
    arrays : dict of str to ndarray
    facts : str

    Raises
    ------
    UsageError
        If it is no checkpoint, of another version, damaged, or larger than the free memory.
    """
    try:
        with open_regular(path) as file:
            return _read(file, path, wanted)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}; give a checkpoint that backpaint wrote"
        ) from None
    except UsageError:
        raise
    except Exception as error:  # a header may hold anything
        reason = printable(str(error) or type(error).__name__, LONGEST_REASON)
        raise UsageError(
            f"{path} is damaged or cut short ({reason}); expected a checkpoint as backpaint wrote "
            "it; take an earlier one"
        ) from None


def is_checkpoint(path: str | Path) -> bool:
    """Whether a file begins as a checkpoint does, of any version."""
    try:
        with open_regular(path) as file:
            return _begins_so(file)
    except OSError:
        return False


def _begins_so(file: IO[bytes]) -> bool:
    return file.read(8 + len(BEGIN))[8:] == BEGIN


def _read(file: IO[bytes], path: str | Path, wanted: Callable[[str], bool]) -> tuple[Arrays, str]:
    size = os.fstat(file.fileno()).st_size
    free = available_bytes()
    if free is not None and size > free:
        raise UsageError(
            f"{path} has {memory(size)}, and {memory(free)} of memory are free; expected a "
            "smaller checkpoint"
        )
    if not _begins_so(file):
        raise UsageError(f"{path} is no checkpoint; expected a file that --checkpoint wrote")
    file.seek(0)
    header, begin = read_header(file)
    metadata = header.pop("__metadata__")
    if metadata["format"] != FORMAT:
        raise UsageError(
            f"{path} has the format {printable(metadata['format'], LONGEST_REASON)}; expected "
            f"{FORMAT}; go on with the version of backpaint that wrote it"
        )
    places = _places(header, size - begin)
    file.seek(0)
    digest = hashlib.sha256(file.read(begin))
    arrays = {name: _array(file, *places[name], digest, wanted(name)) for name in list(places)[:-1]}
    if file.read() != digest.digest():
        raise ValueError("its numbers are not those of its SHA-256")
    return {name: array for name, array in arrays.items() if array is not None}, metadata["facts"]


def _places(
    header: Mapping[str, Any], size: int
) -> dict[str, tuple[np.dtype[Any], tuple[int, ...]]]:
    """Check that arrays follow each other without gaps up to the end, the digest last."""
    places, end = {}, 0
    for name, entry in header.items():
        dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
        if dtype not in CODES or len(shape) > MOST_AXES:
            raise ValueError(f"an array of {len(shape)} axes of {entry['dtype']}")
        begin, end = end, end + dtype.itemsize * math.prod(map(_length, shape))
        if entry["data_offsets"] != [begin, end]:
            raise ValueError("an array lies elsewhere than behind the one before")
        places[name] = dtype, shape
    if end != size or list(places)[-1:] != [DIGEST]:
        raise ValueError(f"its arrays have {end} bytes, the file {size}")
    return places


def _length(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("an array's length is no whole number")
    return value


def _array(
    file: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...], digest: Any, is_wanted: bool
) -> NDArray[Any] | None:
    """Read one array, or pass over it; its bytes are counted in either case."""
    size = dtype.itemsize * math.prod(shape)
    content = np.empty(size if is_wanted else min(size, PIECE), np.uint8)
    for begin in range(0, size, PIECE):
        count = min(PIECE, size - begin)
        piece = content[begin : begin + count] if is_wanted else content[:count]
        if file.readinto(piece) != count:  # type: ignore[attr-defined]  # a buffered file has it
            raise EOFError("an array ends early")
        digest.update(piece)
    return content.view(dtype).reshape(shape) if is_wanted else None
