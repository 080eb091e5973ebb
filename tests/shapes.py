"""The sizes that break convolutions and pools, in one list for all tests of operations."""

from typing import NamedTuple


class Size(NamedTuple):
    """Height and width of a feature map, and its channels before and after an operation."""

    height: int
    width: int
    channels_in: int
    channels_out: int


SIZES = (
    Size(1, 1, 1, 1),
    Size(1, 1, 2, 3),
    Size(1, 4, 3, 1),
    Size(5, 1, 1, 2),
    Size(2, 2, 1, 1),
    Size(2, 3, 3, 2),
    Size(3, 2, 1, 4),
    Size(3, 3, 2, 2),
    Size(4, 5, 2, 3),
    Size(5, 4, 3, 2),
    Size(5, 5, 1, 3),
    Size(7, 3, 2, 1),
)
"""One pixel, one row, one column, one channel; even and odd, tall and wide; in != out."""
