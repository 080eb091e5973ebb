"""The sizes that break convolutions and pools: one list for checks, test vectors and batteries."""

from typing import NamedTuple

from ...errors import UsageError


class Size(NamedTuple):
    """Height and width of a feature map, and its channels before and after an operation."""

    height: int
    width: int
    channels: int
    channels_out: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}x{self.channels}"


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
    Size(5, 4, 3, 3),
    Size(5, 5, 1, 3),
    Size(7, 3, 2, 1),
)
"""One pixel, one row, one column, one channel; even and odd, tall and wide; in != out, in = out."""


def features(size: Size) -> dict[str, tuple[int, ...]]:
    """Return the shapes for operations on one feature map."""
    return {"x": size[:3]}


def parse_size(text: str) -> Size:
    """Read ``HxWxC``.

    Parameters
    ----------
    text : str
        Height, width and channels; a convolution gives one channel more than it takes.

    Raises
    ------
    UsageError
        If these are not three whole numbers of at least 1.

    Examples
    --------
    >>> parse_size("5x7x3")
    Size(height=5, width=7, channels=3, channels_out=4)
    """
    parts = text.lower().split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) >= 1 for part in parts):
        raise UsageError(f"the size is {text!r}; expected height, width, channels, such as 5x7x3")
    height, width, channels = (int(part) for part in parts)
    return Size(height, width, channels, channels + 1)
