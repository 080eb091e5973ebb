"""Feature maps with a frame of zeros, and how they are cut into tiles.

A map of height x width is kept in an array of whole 4 x 4 tiles with one more row and column of
zeros on each side.  So a convolution never asks where the border is: it reads zeros there, and what
it computes beyond the border is dropped.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from numpy.lib.stride_tricks import as_strided

from ..threads.workspace import Float32
from .winograd import TILE, WINDOW

PIECE_CHANNELS = 8192
"""Tiles times channels that one thread transforms at a time: 36 * 8192 floats, 1.2 MB.

Smaller pieces would fit better into the second-level cache, but each call of NumPy takes the GIL
again, and threads that wait for it fall asleep: fewer, larger calls lose less than they cost.
"""


def tile_count(length: int) -> int:
    """Count the tiles along a side."""
    return -(-length // TILE)


def framed_shape(height: int, width: int, channels: int) -> tuple[int, int, int]:
    """Return the shape of the array that holds a map with its frame."""
    return TILE * tile_count(height) + 2, TILE * tile_count(width) + 2, channels


def interior(framed: Float32, height: int, width: int) -> Float32:
    """View the map inside its frame: (height, width, C)."""
    return framed[1 : height + 1, 1 : width + 1]


def clear_frame(framed: Float32, height: int, width: int) -> None:
    """Write zeros around the map."""
    framed[0] = 0
    framed[height + 1 :] = 0
    framed[1 : height + 1, 0] = 0
    framed[1 : height + 1, width + 1 :] = 0


@dataclass(frozen=True)
class Piece:
    """A rectangle of tiles: what a thread takes at a time.

    Attributes
    ----------
    top, bottom, left, right : int
        From which row and column of tiles up to before which.
    height, width : int
        Of the whole map.
    """

    top: int
    bottom: int
    left: int
    right: int
    height: int
    width: int

    @property
    def grid(self) -> tuple[int, int]:
        """The number of rows and of columns of tiles."""
        return self.bottom - self.top, self.right - self.left

    @property
    def tiles(self) -> int:
        """The number of tiles."""
        return math.prod(self.grid)

    @property
    def rows(self) -> slice:
        """The rows of the map that it covers."""
        return slice(TILE * self.top, min(self.height, TILE * self.bottom))

    @property
    def columns(self) -> slice:
        """The columns of the map that it covers."""
        return slice(TILE * self.left, min(self.width, TILE * self.right))


def pieces_of(size: tuple[int, int], channels: int) -> list[Piece]:
    """Cut a map into pieces of at most `PIECE_CHANNELS` tiles times channels.

    The cut depends on nothing else: it decides how sums are rounded.
    """
    height, width = size
    rows, columns = tile_count(height), tile_count(width)
    tiles = max(1, PIECE_CHANNELS // channels)
    return [
        Piece(top, bottom, left, right, height, width)
        for top, bottom in pairwise(_edges(rows, max(1, tiles // columns)))
        for left, right in pairwise(_edges(columns, tiles))
    ]


def _edges(length: int, most: int) -> list[int]:
    """Cut a length into equal parts, none above `most`."""
    parts = -(-length // most)
    return [length * part // parts for part in range(parts + 1)]


def extent(piece: Piece) -> tuple[int, int]:
    """Count the rows and columns of the map in a piece; fewer than its tiles' at a border."""
    return piece.rows.stop - piece.rows.start, piece.columns.stop - piece.columns.start


def strips_of(framed: Float32, piece: Piece) -> Float32:
    """View the 6 input rows of each row of tiles: (rows, 6, 4 * columns + 2, C), overlapping."""
    start = framed[TILE * piece.top :, TILE * piece.left :]
    row, column, item = framed.strides
    rows, columns = piece.grid
    shape = (rows, WINDOW, TILE * columns + 2, framed.shape[2])
    return as_strided(start, shape, (TILE * row, row, column, item), writeable=False)


def windows_of(strips: Float32) -> Float32:
    """View the 6 input columns of each tile: (rows, 6, columns, 6, C), overlapping."""
    rows, height, width, channels = strips.shape
    strip, row, column, item = strips.strides
    shape = (rows, height, width // TILE, WINDOW, channels)
    return as_strided(strips, shape, (strip, row, TILE * column, column, item), writeable=False)


def columns_of(framed: Float32, piece: Piece) -> Float32:
    """View the 3 x 3 inputs of each output: (4 * rows, 4 * columns, 3, 3 * C)."""
    start = framed[TILE * piece.top :, TILE * piece.left :]
    row, column, item = framed.strides
    rows, columns = piece.grid
    shape = (TILE * rows, TILE * columns, 3, 3 * framed.shape[2])
    return as_strided(start, shape, (row, column, row, item), writeable=False)
