"""Max pooling and average pooling explained: windows, ties, and what happens at an odd edge."""

from collections.abc import Callable

import numpy as np

from ..reference.average_pool import average_pool_backward, average_pool_forward
from ..reference.max_pool import max_pool_backward, max_pool_forward
from .blocks import Array, Explanation, Grid, Grids, Lines, Paragraph, Section, number
from .difference import STEP, Index, at, central, moved, require_entry

X = np.array(
    [[1.0, 4.0, 2.0, 0.0], [3.0, 2.0, 5.0, 5.0], [0.0, -1.0, 6.0, 1.0],
     [-2.0, -3.0, 2.0, 3.0], [7.0, 1.0, -1.0, 2.0]]
)  # fmt: skip
GRAD_FLOOR = np.array([[2.0, 3.0], [-1.0, 0.5]])
GRAD_CEIL = np.array([[2.0, 3.0], [-1.0, 0.5], [4.0, 1.0]])


def explain_max(entry: Index | None = None) -> Explanation:
    """Explain 2x2 max pooling on one channel of 5 x 4 pixels, with a tie and an odd edge.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is measured; absent: the winner of a window.
    """
    entry = require_entry(entry, X.shape, (0, 1))
    y = _max(X)
    grad_x = max_pool_backward(_map(GRAD_FLOOR), _map(X), "floor")[:, :, 0]
    winners = [(int(i), int(j)) for i, j in np.argwhere(grad_x)]
    tie = (1, 2)
    return Explanation(
        "Max pooling: 2x2, stride 2",
        [
            Section("Forward", [
                Paragraph("Each window of 2 x 2 pixels gives its largest number; the winners are "
                          "marked. 5 rows make 2 windows and a rest: with edge floor (PyTorch, "
                          "Keras) the last row is dropped, with edge ceil (Caffe, TensorFlow's "
                          "SAME) it is pooled alone."),
                Grids([Grid("x", X, winners), Grid("y, edge floor", y),
                       Grid("y, edge ceil", max_pool_forward(_map(X), "ceil")[:, :, 0])]),
            ]),
            Section("Backward", [
                Paragraph("Only the winner of a window moves y: it gets the window's whole "
                          "gradient, the other three get 0, and so does the dropped row."),
                Grids([Grid("dy", GRAD_FLOOR), Grid("dx", grad_x, winners)]),
                _measured(entry, grad_x, lambda x: float(np.sum(_max(x) * GRAD_FLOOR))),
            ]),
            Section("At ties", [
                Paragraph("In the window at the top right, 5 stands twice: x[1, 2] and x[1, 3]. "
                          "Raise either, and y rises; lower either, and the other one still holds "
                          "y up. There is no slope. Caffe, PyTorch and backpaint give everything "
                          "to the first in reading order; equal shares would be right, too; to "
                          "give everything to both would not: the window's gradient would count "
                          "twice."),
                _tie(tie, grad_x),
            ]),
        ],
    )  # fmt: skip


def explain_average(entry: Index | None = None) -> Explanation:
    """Explain 2x2 average pooling on one channel of 5 x 4 pixels.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is measured; absent: one in the odd last row.
    """
    entry = require_entry(entry, X.shape, (4, 0))
    grad_x = average_pool_backward(_map(GRAD_CEIL), _map(X), "ceil")[:, :, 0]
    counts = np.array([[4.0, 4.0], [4.0, 4.0], [2.0, 2.0]])
    window = (entry[0] // 2, entry[1] // 2)
    return Explanation(
        "Average pooling: 2x2, stride 2, edge ceil",
        [
            Section("Forward", [
                Paragraph("Each window gives the mean of its pixels. The fifth row makes windows "
                          "of 2 pixels: they are divided by 2, not by 4."),
                Grids([Grid("x", X, [entry]), Grid("pixels", counts, [window]),
                       Grid("y", _average(X), [window])]),
            ]),
            Section("Backward", [
                Paragraph("y = (sum of the pixels) / count, so each pixel gets dy / count: a "
                          "quarter inside, one half in the last row. A backward pass that divides "
                          "by 4 everywhere loses half of the gradient there."),
                Grids([Grid("dy", GRAD_CEIL, [window]), Grid("dx", grad_x, [entry])]),
                Lines([f"{at('dx', entry)} = {at('dy', window)} / count = "
                       f"{number(GRAD_CEIL[window])} / {number(counts[window])} = "
                       f"{number(GRAD_CEIL[window] / counts[window])}"]),
                _measured(entry, grad_x, lambda x: float(np.sum(_average(x) * GRAD_CEIL))),
            ]),
            Section("With edge floor", [
                Paragraph("PyTorch and Keras drop the last row: y has 2 rows, and the fifth row of "
                          "dx is 0."),
                Grids([Grid("dx, edge floor",
                            average_pool_backward(_map(GRAD_FLOOR), _map(X), "floor")[:, :, 0])]),
            ]),
        ],
    )  # fmt: skip


def _map(x: Array) -> Array:
    return x[:, :, np.newaxis]


def _max(x: Array) -> Array:
    return max_pool_forward(_map(x), "floor")[:, :, 0]


def _average(x: Array) -> Array:
    return average_pool_forward(_map(x), "ceil")[:, :, 0]


def _measured(entry: Index, grad_x: Array, loss: Callable[[Array], float]) -> Lines:
    return Lines(
        [
            at("dx", entry),
            f"    backpaint.reference   {grad_x[entry]:>16.10f}",
            f"    finite difference     {central(loss, X, entry):>16.10f}",
        ]
    )


def _tie(entry: Index, grad_x: Array) -> Lines:
    def loss(x: Array) -> float:
        return float(np.sum(_max(x) * GRAD_FLOOR))

    here = loss(X)
    up = (moved(loss, X, entry, STEP) - here) / STEP
    down = (here - moved(loss, X, entry, -STEP)) / STEP
    other = (entry[0], entry[1] + 1)
    return Lines(
        [
            f"{at('x', entry)} up      the loss rises by {up:.4f} times the step",
            f"{at('x', entry)} down    the loss falls by {down:.4f} times the step",
            f"{at('dx', entry)} = {number(grad_x[entry])}, {at('dx', other)} = "
            f"{number(grad_x[other])}",
        ]
    )
