"""The windows of 2x2 pooling with stride 2, for both pools."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from .arrays import Floats

Edge = Literal["floor", "ceil"]
"""What happens to a last odd row or column: dropped (floor), or a smaller window (ceil)."""


def pooled_length(length: int, edge: Edge) -> int:
    """Count the windows along one side.

    Examples
    --------
    >>> pooled_length(5, "floor"), pooled_length(5, "ceil"), pooled_length(4, "ceil")
    (2, 3, 2)
    """
    if edge not in ("floor", "ceil"):
        raise ValueError(f"edge is {edge!r}; expected 'floor' or 'ceil'")
    return length // 2 if edge == "floor" else (length + 1) // 2


def whole_windows(x: Floats, edge: Edge, fill: float) -> Floats:
    """Crop or fill an image so that 2x2 windows cover it without a rest.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        The image.
    edge : {"floor", "ceil"}
        Whether a last odd row or column is dropped, or completed with `fill`.
    fill : float
        A value that does not change the result of a window.

    Returns
    -------
    (2 * rows, 2 * columns, C) ndarray of float
        With ``rows = pooled_length(H, edge)`` and ``columns = pooled_length(W, edge)``.

    Raises
    ------
    ValueError
        If not even one window fits.
    """
    if x.ndim != 3:
        raise ValueError(f"x has the shape {x.shape}; expected (H, W, C)")
    rows, columns = (pooled_length(length, edge) for length in x.shape[:2])
    if rows == 0 or columns == 0:
        raise ValueError(
            f"an image of {x.shape[0]} x {x.shape[1]} is too small for 2x2 pooling with edge {edge}"
        )
    x = x[: 2 * rows, : 2 * columns]
    missing = (2 * rows - x.shape[0], 2 * columns - x.shape[1])
    return np.pad(x, ((0, missing[0]), (0, missing[1]), (0, 0)), constant_values=fill)


def corners(windows: Floats) -> Iterator[Floats]:
    """Yield views of the four corners of all 2x2 windows, in reading order.

    Parameters
    ----------
    windows : (2 * rows, 2 * columns, C) ndarray of float
        An image of whole windows.

    Yields
    ------
    (rows, columns, C) ndarray of float
        Top left, top right, bottom left, bottom right; writing to them writes to `windows`.
    """
    for i in range(2):
        for j in range(2):
            yield windows[i::2, j::2]
