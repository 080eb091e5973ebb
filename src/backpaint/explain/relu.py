"""A ReLU explained, with a look at the kink."""

import numpy as np

from ..reference.relu import relu_backward, relu_forward
from .blocks import Array, Explanation, Grid, Grids, Lines, Paragraph, Section, number
from .difference import STEP, Index, at, central, moved, require_entry

X = np.array([[1.5, -2.0, 0.0, 3.0], [-0.5, 2.5, -1.0, 0.5], [4.0, -3.0, 1.0, -1.5]])
GRAD_Y = np.array([[2.0, 1.0, -3.0, 0.5], [1.0, -1.5, 2.0, 3.0], [-2.0, 1.0, 0.5, 2.5]])


def explain(entry: Index | None = None) -> Explanation:
    """Explain ReLU on one channel.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is measured; absent: one that passes.
    """
    entry = require_entry(entry, X.shape, (1, 1))
    y = relu_forward(X)
    grad_x = relu_backward(GRAD_Y, y)
    return Explanation(
        "ReLU: y = max(x, 0)",
        [
            Section("Forward", [Grids([Grid("x", X, [entry]), Grid("y", y, [entry])])]),
            Section(
                "Backward",
                [
                    Paragraph("Where x > 0, y moves as x does: the slope is 1 and the incoming "
                              "gradient dy passes. Where x < 0, y stays 0: nothing passes. The "
                              "output tells which is which, so x need not be kept."),
                    Grids([Grid("dy", GRAD_Y, [entry]), Grid("y > 0", (y > 0) * 1.0, [entry]),
                           Grid("dx = dy * (y > 0)", grad_x, [entry])]),
                    _measured(entry, float(grad_x[entry])),
                ],
            ),
            Section(
                "At the kink",
                [
                    Paragraph("x[0, 2] is exactly 0: to the right the slope is 1, to the left 0. "
                              "Any number between is a subgradient; Caffe, PyTorch and TensorFlow "
                              "take 0, and so does backpaint. A central difference finds the mean "
                              "of both, which is why checks stay away from kinks."),
                    _kink(),
                ],
            ),
        ],
    )  # fmt: skip


def _loss(x: Array) -> float:
    return float(np.sum(relu_forward(x) * GRAD_Y))


def _measured(entry: Index, grad: float) -> Lines:
    return Lines(
        [
            f"{at('dx', entry)} = {number(GRAD_Y[entry])} * {number(X[entry] > 0)}",
            f"    backpaint.reference   {grad:>16.10f}",
            f"    finite difference     {central(_loss, X, entry):>16.10f}",
        ]
    )


def _kink() -> Lines:
    here, entry = _loss(X), (0, 2)
    right = (moved(_loss, X, entry, STEP) - here) / STEP
    left = (here - moved(_loss, X, entry, -STEP)) / STEP
    return Lines(
        [
            f"difference to the right   {right:>8.4f}   dy is {number(GRAD_Y[entry])}",
            f"difference to the left    {left:>8.4f}",
            f"central difference        {central(_loss, X, entry):>8.4f}",
            "backpaint.reference         0.0000",
        ]
    )
