"""Flow files of the Middlebury benchmark, ``.flo``."""

import struct
from pathlib import Path

import numpy as np

from ...errors import UsageError
from ...regular_file import open_regular
from ...words import printable
from .warp import Float64

MAGIC = struct.pack("<f", 202021.25)
"""The bytes ``PIEH``, by which a .flo file is known."""


def read_flo(path: str | Path, shape: tuple[int, int]) -> Float64:
    """Read a flow.

    Parameters
    ----------
    path : str or Path
    shape : (int, int)
        Height and width that it must have.

    Returns
    -------
    (H, W, 2) ndarray of float64
        Rightward and downward pixels.

    Raises
    ------
    UsageError
        If there is no such file, it is no whole .flo file of that size, or not finite.
    """
    height, width = shape
    size = 12 + 8 * height * width
    name = printable(path)
    try:
        with open_regular(Path(path)) as file:
            data = file.read(size + 1)
    except OSError as error:
        raise UsageError(
            f"{name}: expected a flow file, found: {error.strerror}; look at the flow's pattern"
        ) from None
    if len(data) < 12 or data[:4] != MAGIC:
        raise UsageError(f"{name}: expected a .flo file, found another; choose another flow")
    found = struct.unpack("<2i", data[4:12])
    if found != (width, height):
        raise UsageError(
            f"{name}: expected a flow of {width} x {height} pixels, the painted size, found "
            f"{found[0]} x {found[1]}; compute flows at that size, or choose another size"
        )
    if len(data) != size:
        raise UsageError(f"{name}: expected {size} bytes, found another number; write it again")
    flow = np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2)
    if not np.isfinite(flow).all():  # before the cast, which warns of a signaling NaN
        raise UsageError(f"{name}: expected numbers, found NaN or infinity; compute it again")
    return flow.astype(np.float64)
