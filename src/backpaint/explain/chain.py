"""The whole chain explained: a picture, a convolution, ReLU, pooling, a style loss, and back."""

from typing import NamedTuple

import numpy as np

from ..reference.average_pool import average_pool_backward, average_pool_forward
from ..reference.conv import conv_backward_input, conv_forward
from ..reference.gram import gram_backward, gram_forward
from ..reference.relu import relu_backward, relu_forward
from ..reference.squared_error import squared_error_backward, squared_error_forward
from .blocks import Array, Explanation, Grid, Grids, Lines, Paragraph, Section, channels, number
from .difference import Index, at, central, require_entry

X = np.array([[1.0, 0.0, 2.0, 1.0], [3.0, 1.0, 0.0, 2.0], [0.0, 2.0, 1.0, 0.0],
              [1.0, 1.0, 3.0, 2.0]])[:, :, np.newaxis]  # fmt: skip
W = np.stack(
    [[[0, 1, 0], [1, -2, 1], [0, 1, 0]], [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]], axis=-1
)[:, :, np.newaxis].astype(float)  # fmt: skip
B = np.array([0.5, 0.25])
A = np.array([[6.0, 2.0], [2.0, 4.0]])


class _Forward(NamedTuple):
    """Every value on the way."""

    conv: Array
    relu: Array
    pool: Array
    gram: Array
    loss: float


class _Backward(NamedTuple):
    """The gradient with respect to each."""

    gram: Array
    pool: Array
    relu: Array
    conv: Array
    x: Array


def explain(entry: Index | None = None) -> Explanation:
    """Explain a network of three layers and its style loss, on a gray picture of 4 x 4.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of the picture whose gradient is measured.
    """
    entry = require_entry(entry, X.shape, (1, 1, 0))
    forward = _forward(X)
    return Explanation(
        "From a picture to its gradient: conv, ReLU, average pooling, Gram matrix, style loss",
        [_there(forward), _back(forward, _backward(forward)), _proof(entry, forward)],
    )


def _forward(x: Array) -> _Forward:
    conv = conv_forward(x, W, B)
    relu = relu_forward(conv)
    pool = average_pool_forward(relu, "floor")
    gram = gram_forward(pool)
    return _Forward(conv, relu, pool, gram, squared_error_forward(gram, A, 4))


def _backward(v: _Forward) -> _Backward:
    gram = squared_error_backward(1.0, v.gram, A, 4)
    pool = gram_backward(gram, v.pool)
    relu = average_pool_backward(pool, v.relu, "floor")
    conv = relu_backward(relu, v.relu)
    return _Backward(gram, pool, relu, conv, conv_backward_input(conv, W))


def _there(v: _Forward) -> Section:
    return Section(
        "Forward",
        [
            Paragraph("A gray picture x, two filters (one answers to spots, one to edges), their "
                      "results before and after ReLU, averages of 2 x 2 pixels, and how the two "
                      "channels fire together."),
            Grids([Grid("x", X[:, :, 0]), Grid("w, filter 0", W[:, :, 0, 0]),
                   Grid("w, filter 1", W[:, :, 0, 1])]),
            Lines([f"b = {number(B[0])}, {number(B[1])}"]),
            Grids(channels("conv", v.conv)),
            Grids(channels("relu", v.relu)),
            Grids([*channels("pool", v.pool), Grid("G", v.gram), Grid("A, the style's", A)]),
            Lines([f"loss = sum((G - A)^2) / 4 = {number(v.loss)}"]),
        ],
    )  # fmt: skip


def _back(v: _Forward, g: _Backward) -> Section:
    zeros = int(np.sum(v.relu == 0))
    return Section(
        "Backward",
        [
            Paragraph("The same stations from the last to the first. dG = 2 (G - A) / 4:"),
            Grids([Grid("dG", g.gram)]),
            Paragraph("d pool = F (dG + dG^T), with pool as F: 4 pixels x 2 channels:"),
            Grids(channels("d pool", g.pool)),
            Paragraph("d relu: each of a window's 4 pixels gets a quarter:"),
            Grids(channels("d relu", g.relu)),
            Paragraph(f"d conv: what passes the ReLU; it is 0 where relu is, at {zeros} places:"),
            Grids(channels("d conv", g.conv)),
            Paragraph("dx: a convolution of d conv with the filters turned by 180 degrees, summed "
                      "over both:"),
            Grids([Grid("dx", g.x[:, :, 0])]),
        ],
    )  # fmt: skip


def _proof(entry: Index, v: _Forward) -> Section:
    grad = _backward(v).x
    step = 0.0001
    after = _forward(X - step * grad).loss
    expected = v.loss - step * float(np.sum(grad**2))
    return Section(
        "Is it right?",
        [
            Lines([
                at("dx", entry),
                f"    by hand-written gradients   {float(grad[entry]):>16.10f}",
                f"    finite difference           "
                f"{central(lambda x: _forward(x).loss, X, entry):>16.10f}",
            ]),
            Paragraph("And it leads downhill. A step of 0.0001 against the gradient should lower "
                      "the loss by 0.0001 times the squared length of the gradient, as long as the "
                      "steps are small:"),
            Lines([f"loss before   {v.loss:.6f}", f"expected      {expected:.6f}",
                   f"loss after    {after:.6f}"]),
            Paragraph("Repeat that a few hundred times with three channels and VGG instead of two "
                      "filters: that is backpaint."),
        ],
    )  # fmt: skip
