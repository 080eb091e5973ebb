"""The Gram matrix of a layer whose features come in one piece, or band by band."""

import numpy as np

from ...problem.stages import Size
from ..device.device import Array, xp
from ..sums.products import (
    TILE,
    GramPrecision,
    launch_parts,
    launch_sum_of_parts,
    part_length,
    upper_tiles,
)


class GramSum:
    """Sums over parts of a layer's positions, which are added up when all rows were seen.

    A part ends where a band does.  Where bands are whole numbers of parts long, the matrix has the
    bits that it has without bands; elsewhere it differs from that by rounding.

    Parameters
    ----------
    size : (int, int)
        Height and width of the layer.
    rows : int
        Of a band; the height without bands.
    channels : int
    dtype : dtype
        Of the matrix.
    precision : {"exact", "tf32"}
    """

    def __init__(
        self,
        size: Size,
        rows: int,
        channels: int,
        dtype: np.dtype[np.floating],
        precision: GramPrecision,
    ) -> None:
        self._size, self._rows, self._precision = size, rows, precision
        self._elements = upper_tiles(channels) * TILE * TILE
        self._length, self._of_band, self._parts = _parts(size, rows, channels)
        self._partial = xp().empty(self._parts * self._elements, dtype)

    def add(self, features: Array, first_row: int, out: Array, scale: float) -> bool:
        """See a band's features; with the last band write the matrix, and return True.

        Parameters
        ----------
        features : (H, W, C) device array
        first_row : int
            Where they begin.
        out : (C, C) device array
            ``scale * x^T x`` for all features `x` of the layer.
        scale : float
        """
        part = first_row // self._rows * self._of_band
        partial = self._partial[part * self._elements :]
        precision = self._precision
        launch_parts(features, features, partial, self._length, precision=precision, symmetric=True)
        if first_row + len(features) < self._size[0]:
            return False
        launch_sum_of_parts(
            features,
            self._partial,
            self._parts,
            out,
            scale=scale,
            precision=precision,
            symmetric=True,
        )
        return True


def gram_sum_workspace(size: Size, rows: int, channels: int) -> int:
    """Count the numbers that a `GramSum` keeps."""
    return _parts(size, rows, channels)[2] * upper_tiles(channels) * TILE * TILE


def _parts(size: Size, rows: int, channels: int) -> tuple[int, int, int]:
    """Return the positions of a part, the parts of a band, and of all bands."""
    height, width = size
    length = part_length(height * width, upper_tiles(channels))
    of_band = -(-rows * width // length)
    whole_bands, rest = divmod(height, rows)
    return length, of_band, whole_bands * of_band + -(-rest * width // length)
