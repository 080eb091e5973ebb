"""Mistakes with a convolution, and with a border of repeated edges."""

import numpy as np

from backpaint.reference.conv import (
    conv_backward_bias,
    conv_backward_input,
    conv_backward_weights,
    conv_forward,
)


def border(mode):
    def forward(x, w, b):
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode=mode)
        height, width, _ = x.shape
        shifts = [(i, j) for i in range(3) for j in range(3)]
        return b + sum(padded[i : i + height, j : j + width] @ w[i, j] for i, j in shifts)

    return forward


def valid(x, w, b):
    return conv_forward(x, w, b)[1:-1, 1:-1]


def convolve(y, w):
    return conv_forward(y, w, np.zeros(w.shape[3]))


def scattered(grad_y, w):
    """Scatter as the forward pass gathers, with the offsets' signs not turned."""
    height, width, _ = grad_y.shape
    padded = np.pad(grad_y, ((1, 1), (1, 1), (0, 0)))
    return sum(
        padded[i : i + height, j : j + width] @ w[i, j].T for i in range(3) for j in range(3)
    )


def weights_of_inner_windows(grad_y, x):
    """Correlate without any padding."""
    height, width, channels = x.shape
    grad_w = np.zeros((3, 3, channels, grad_y.shape[2]))
    for i in range(1, height - 1):
        for j in range(1, width - 1):
            window = x[i - 1 : i + 2, j - 1 : j + 2]
            grad_w += window[..., np.newaxis] * grad_y[i, j]
    return grad_w


CONV = (
    ("forward", lambda x, w, b: conv_forward(x, w[::-1, ::-1], b),
     "convolution instead of cross-correlation"),
    ("forward", border("edge"), "padding by replication instead of zeros"),
    ("forward", border("wrap"), "padding wraps around instead of zeros"),
    ("forward", lambda x, w, b: conv_forward(x, w, 0 * b), "the bias is missing"),
    ("forward", lambda x, w, b: conv_forward(x, w.swapaxes(0, 1), b),
     "the filters' height and width are exchanged"),
    ("forward", valid, "there is no padding"),
    ("backward_input", scattered, "filters not turned by 180 degrees"),
    ("backward_input", lambda g, w: convolve(g, w[::-1, ::-1]), "channel axes not exchanged"),
    ("backward_input", convolve, "it is the forward pass"),
    ("backward_input", lambda g, w: convolve(g, w.swapaxes(0, 1).swapaxes(2, 3)),
     "height and width are exchanged instead of turned"),
    ("backward_input", lambda g, w: -conv_backward_input(g, w), "the sign is wrong"),
    ("backward_input", lambda g, w: conv_backward_input(g, w) / g.shape[2],
     "it is 1 / K times the right result"),
    ("backward_input", lambda g, w: 2 * scattered(g, w), "not turned by 180 degrees"),
    ("backward_input", lambda g, w: conv_backward_input(g.astype("f"), w.astype("f")),
     "float32's rounding"),
    ("backward_weights", lambda g, x: conv_backward_weights(g, x)[::-1, ::-1],
     "turned by 180 degrees"),
    ("backward_weights", weights_of_inner_windows, "border dropped"),
    ("backward_weights", lambda g, x: conv_backward_weights(g, x) / (x.shape[0] * x.shape[1]),
     "it averages where it should sum"),
    ("backward_weights", lambda g, x: conv_backward_weights(g, x).transpose(3, 2, 0, 1),
     "another order; see the argument filters"),
    ("backward_bias", lambda g: g.mean(axis=(0, 1)), "averages over positions"),
    ("backward_bias", lambda g: conv_backward_bias(g) * np.nan, "NaN or infinity"),
)  # fmt: skip


def folded(grad_y, corners=1):
    """Add what lies outside, row by row and column by column; corners as often as asked for."""
    grad_x = grad_y[1:-1, 1:-1].copy()
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        grad_x[row, column] += corners * grad_y[row, column]
    for side in (0, -1):
        grad_x[side] += grad_y[side, 1:-1]
        grad_x[:, side] += grad_y[1:-1, side]
    return grad_x


def replaced(grad_y):
    grad_x = grad_y.copy()
    grad_x[1], grad_x[-2] = grad_y[0], grad_y[-1]
    grad_y = grad_x.copy()
    grad_x[:, 1], grad_x[:, -2] = grad_y[:, 0], grad_y[:, -1]
    return grad_x[1:-1, 1:-1]


def circular(x):
    return np.concatenate([x[-1:], x, x[:1]])


EDGE_PAD = (
    ("forward", lambda x: np.pad(x, ((1, 1), (1, 1), (0, 0))), "zeros instead of the edge"),
    ("forward", lambda x: circular(circular(x).swapaxes(0, 1)).swapaxes(0, 1), "wraps around"),
    ("backward", lambda g: g[1:-1, 1:-1].copy(), "the border's gradient is lost"),
    ("backward", lambda g: folded(g, 0), "the gradient of the corners is lost"),
    ("backward", lambda g: 2 * folded(g), "it is 2 times the right result"),
    ("backward", replaced, "both must be added"),
)
