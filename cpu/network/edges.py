"""A first convolution that sees the picture's edge repeated; see `backpaint.reference.edge_pad`.

A map's frame, which holds zeros elsewhere, holds the outermost pixels.  So the forward pass is the
same, and on the way back only what went to the frame is to be added.
"""

import numpy as np
from numpy.typing import NDArray

from ...problem.pixels import NetworkInputMap
from ...problem.stages import Size
from ..threads.workspace import Float32

Ends = tuple[bool, bool]
"""Whether a window begins at the picture's first row, and ends at its last."""

WHOLE: Ends = (True, True)


def repeat_edge(framed: Float32, size: Size) -> None:
    """Write the outermost pixels of a map into its frame, one row or column on each side."""
    height, width = size
    framed[1 : height + 1, 0] = framed[1 : height + 1, 1]
    framed[1 : height + 1, width + 1] = framed[1 : height + 1, width]
    framed[0, : width + 2] = framed[1, : width + 2]
    framed[height + 1, : width + 2] = framed[height, : width + 2]


def add_edge_gradient(
    gradient: NDArray[np.float64],
    grad_y: Float32,
    filters: Float32,
    input_map: NetworkInputMap,
    ends: Ends = WHOLE,
) -> None:
    """Add what went to the frame to the gradient of the outermost pixels.

    Parameters
    ----------
    gradient : (H, W, 3) ndarray of float64
        With respect to the picture, as if its frame were zeros; added to.
    grad_y : (H, W, K) ndarray of float32
        Gradient with respect to the convolution's output.
    filters : (3, 3, K, 3) ndarray of float32
        Those of the way back: turned, with their channels exchanged.
    input_map : NetworkInputMap
        How the picture became the network's input.
    ends : (bool, bool)
        Whether the first row is the picture's first one, and the last row its last.

    Notes
    -----
    The frame's gradient is that of the way back, continued by one position: of the three rows or
    columns that filters reach from there, the map has the outermost one alone.

    A window that is cut has a halo there, whose outermost row of `grad_y` is zero, but for what
    Winograd's sums leave of their rounding: so a cut end has no frame.
    """
    for line, taps, is_end in ((0, filters[2], ends[0]), (-1, filters[0], ends[1])):
        if is_end:
            frame = _along(grad_y[line], taps)
            frame[1] += frame[0]  # rows take the corners
            frame[-2] += frame[-1]
            _add(gradient[line], frame[1:-1], input_map)
    for line, taps in ((0, filters[:, 2]), (-1, filters[:, 0])):
        _add(gradient[:, line], _along(grad_y[:, line], taps)[1:-1], input_map)


def _add(edge: NDArray[np.float64], grad: Float32, input_map: NetworkInputMap) -> None:
    """Add the gradient of the network's input to that of a row or column of the picture."""
    for k, c in enumerate(input_map.order):
        edge[:, c] += grad[:, k] * input_map.scale[c]


def _along(line: Float32, taps: Float32) -> Float32:
    """Convolve a line (N, K) with taps (3, K, 3), also one position beyond its ends: (N + 2, 3)."""
    padded = np.pad(line, ((2, 2), (0, 0)))
    return np.asarray(sum(padded[i : i + len(line) + 2] @ taps[i] for i in range(3)))
