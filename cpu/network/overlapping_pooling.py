"""3x3 average pooling with stride 2 and a border of zeros, row by row (the preset `andersbll`).

Its windows lie across pieces, so it is a step of its own after the convolution.
"""

from collections.abc import Callable

import numpy as np

from ...problem.stages import Size
from ..convolution.tiles import interior
from ..threads.team import Team
from ..threads.workspace import Float32
from .pooling import WindowWeights


def overlapping_weights(size: Size, pooled: Size, count_padding: bool) -> WindowWeights:
    """Return one over each window's number of pixels: 3 along each side, less at a border."""
    rows, columns = (
        np.array([1 / _pixels(i, length, count_padding) for i in range(count)], np.float32)
        for length, count in zip(size, pooled, strict=True)
    )
    return rows[:, np.newaxis, np.newaxis], columns[:, np.newaxis]


def overlapping_pool(
    team: Team, framed: Float32, framed_out: Float32, pooled: Size, window_weights: WindowWeights
) -> None:
    """Average the 3x3 windows around every second pixel.

    Parameters
    ----------
    team : Team
    framed, framed_out : ndarray of float32
        The map before and after pooling, with their frames.
    pooled : (int, int)
        Height and width of the map after pooling.
    window_weights : pair of ndarray
        From `overlapping_weights`.
    """
    out = interior(framed_out, *pooled)
    end = 2 * pooled[1]

    def row(slot: int, i: int) -> None:
        three = framed[2 * i] + framed[2 * i + 1] + framed[2 * i + 2]  # (columns, K)
        total = three[0:end:2] + three[1 : end + 1 : 2] + three[2 : end + 2 : 2]
        np.multiply(total, window_weights[0][i] * window_weights[1], out=out[i])

    team.run(row, pooled[0])


def overlapping_unpool(
    team: Team, framed: Float32, size: Size, finish: Callable[[Float32, slice, slice], None]
) -> None:
    """Let every pixel collect from the one, two or four windows that it lies in.

    Parameters
    ----------
    team : Team
    framed : ndarray of float32
        Gradient with respect to the pooled map, times the window_weights, with its frame.
    size : (int, int)
        Height and width of the map before pooling.
    finish : callable
        Gets each row of the gradient before the pool, (1, W, K), and where it lies.
    """
    height, width = size

    def row(slot: int, i: int) -> None:
        windows = framed[i // 2 + 1]  # around row i, or the row before it
        if i % 2:
            windows = windows + framed[i // 2 + 2]
        grad = np.empty((1, width, framed.shape[2]), np.float32)
        even, odd = grad[0, 0::2], grad[0, 1::2]
        even[:] = windows[1 : len(even) + 1]
        np.add(windows[1 : len(odd) + 1], windows[2 : len(odd) + 2], out=odd)
        finish(grad, slice(i, i + 1), slice(0, width))

    team.run(row, height)


def _pixels(i: int, length: int, count_padding: bool) -> int:
    """Count the pixels of window i, around pixel 2 i, that lie inside the map."""
    return 3 if count_padding else min(length, 2 * i + 2) - max(0, 2 * i - 1)
