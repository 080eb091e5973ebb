"""Feature maps with a frame of zeros, and how they are cut into tiles.

A map of height x width is kept in an array of whole 4 x 4 tiles with one more row and column of
zeros on each side.  So a convolution never asks where the border is: it reads zeros there, and what
it computes beyond the border is dropped.
"""

from dataclasses import dataclass
from itertools import pairwise

from numpy.lib.stride_tricks import as_strided

from .winograd import TILE, WINDOW, Float32

PIECE_CHANNELS = 6144
"""Tiles times channels that one thread transforms at a time: 36 * 6144 floats, 0.9 MB, about a
second-level cache.  It also keeps products with up to 128 channels below a million multiplications,
where OpenBLAS has a faster kernel."""


def tile_count(length: int) -> int:
    """Count the tiles along a side."""
    return -(-length // TILE)


def framed_shape(height: int, width: int, channels: int) -> tuple[int, int, int]:
    """Give the shape of the array that holds a map with its frame."""
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
    """Some neighboring tiles of one row of tiles: what a thread takes at a time.

    Attributes
    ----------
    row : int
        Which row of tiles.
    left, right : int
        From which tile up to before which.
    height, width : int
        Of the whole map.
    """

    row: int
    left: int
    right: int
    height: int
    width: int

    @property
    def tiles(self) -> int:
        """How many tiles."""
        return self.right - self.left

    @property
    def rows(self) -> slice:
        """The rows of the map that it covers."""
        return slice(TILE * self.row, min(self.height, TILE * (self.row + 1)))

    @property
    def columns(self) -> slice:
        """The columns of the map that it covers."""
        return slice(TILE * self.left, min(self.width, TILE * self.right))


def pieces_of(size: tuple[int, int], channels: int) -> list[Piece]:
    """Cut a map into pieces of at most `PIECE_CHANNELS` tiles times channels.

    The cut depends on nothing else: it decides how sums are rounded.
    """
    height, width = size
    columns = tile_count(width)
    parts = -(-columns // max(1, PIECE_CHANNELS // channels))
    edges = [columns * part // parts for part in range(parts + 1)]
    return [
        Piece(row, left, right, height, width)
        for row in range(tile_count(height))
        for left, right in pairwise(edges)
    ]


def extent(piece: Piece) -> tuple[int, int]:
    """Count the rows and columns of the map in a piece; fewer than its tiles' at a border."""
    return piece.rows.stop - piece.rows.start, piece.columns.stop - piece.columns.start


def windows_of(framed: Float32, piece: Piece) -> Float32:
    """View the 6 x 6 inputs of each tile: (tiles, 6, 6 * C), neighbors overlapping."""
    channels = framed.shape[2]
    start = framed[TILE * piece.row :, TILE * piece.left :]
    row, column, item = framed.strides
    return as_strided(
        start, (piece.tiles, WINDOW, WINDOW * channels), (TILE * column, row, item), writeable=False
    )


def columns_of(framed: Float32, piece: Piece) -> Float32:
    """View the 3 x 3 inputs of each output: (4, 4 * tiles, 3, 3 * C), neighbors overlapping."""
    channels = framed.shape[2]
    start = framed[TILE * piece.row :, TILE * piece.left :]
    row, column, item = framed.strides
    shape = (TILE, TILE * piece.tiles, 3, 3 * channels)
    return as_strided(start, shape, (row, column, row, item), writeable=False)


def untile(outputs: Float32) -> Float32:
    """View the outputs of neighboring tiles, (tiles, 16, K), as rows: (4, tiles, 4, K)."""
    tiles, _, channels = outputs.shape
    return outputs.reshape(tiles, TILE, TILE, channels).transpose(1, 0, 2, 3)
