"""The formulas as loops, one multiplication at a time: too slow to use, too plain to be wrong.

`conv.py`, `max_pool.py` and their neighbors are tested against these; the CUDA kernels begin as
transcriptions of them.
"""

from itertools import product

import numpy as np

from .arrays import Floats
from .windows import Edge, pooled_length


def conv_forward(x: Floats, w: Floats, b: Floats) -> Floats:
    """Convolve as the formula says: y[i, j, k] = b[k] + sum_abc x[i+a-1, j+b-1, c] w[a, b, c, k].

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    w : (3, 3, C, K) ndarray of float
        Filters.
    b : (K,) ndarray of float
        Biases.

    Returns
    -------
    (H, W, K) ndarray of float
        As `backpaint.reference.conv.conv_forward`.
    """
    height, width, channels = x.shape
    y = np.zeros((height, width, b.size), dtype=x.dtype)
    for i, j, k in np.ndindex(y.shape):
        y[i, j, k] = b[k]
        for di, dj, c in np.ndindex(3, 3, channels):
            row, column = i + di - 1, j + dj - 1
            if 0 <= row < height and 0 <= column < width:
                y[i, j, k] += x[row, column, c] * w[di, dj, c, k]
    return y


def conv_backward(grad_y: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Carry a gradient back along every multiplication of `conv_forward`.

    Parameters
    ----------
    grad_y : (H, W, K) ndarray of float
        Gradient with respect to the output.
    x : (H, W, C) ndarray of float
        Features.
    w : (3, 3, C, K) ndarray of float
        Filters.

    Returns
    -------
    grad_x, grad_w, grad_b : ndarrays of float
        With the shapes of `x`, `w` and the bias (K,).
    """
    height, width, channels = x.shape
    grad_x, grad_w = np.zeros_like(x), np.zeros_like(w)
    grad_b = np.zeros(w.shape[3], dtype=w.dtype)
    for i, j, k in np.ndindex(grad_y.shape):
        grad_b[k] += grad_y[i, j, k]
        for di, dj, c in np.ndindex(3, 3, channels):
            row, column = i + di - 1, j + dj - 1
            if 0 <= row < height and 0 <= column < width:
                # forward:  y[i, j, k] += x[row, column, c] * w[di, dj, c, k]
                grad_x[row, column, c] += grad_y[i, j, k] * w[di, dj, c, k]
                grad_w[di, dj, c, k] += grad_y[i, j, k] * x[row, column, c]
    return grad_x, grad_w, grad_b


def max_pool_forward(x: Floats, edge: Edge) -> Floats:
    """Take the largest value of each 2x2 window, window by window.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    edge : {"floor", "ceil"}
        As in `backpaint.reference.max_pool`.

    Returns
    -------
    (H / 2, W / 2, C) ndarray of float
        As `backpaint.reference.max_pool.max_pool_forward`.
    """
    rows, columns = (pooled_length(length, edge) for length in x.shape[:2])
    y = np.zeros((rows, columns, x.shape[2]), dtype=x.dtype)
    for i, j, c in np.ndindex(y.shape):
        y[i, j, c] = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].max()
    return y


def max_pool_backward(grad_y: Floats, x: Floats, edge: Edge) -> Floats:
    """Pass each window's gradient to the first pixel that holds its largest value.

    Parameters
    ----------
    grad_y : (H / 2, W / 2, C) ndarray of float
        Gradient with respect to the output.
    x : (H, W, C) ndarray of float
        Features.
    edge : {"floor", "ceil"}
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`.
    """
    del edge  # grad_y has as many windows as the forward pass had
    grad_x = np.zeros_like(x)
    for i, j, c in np.ndindex(grad_y.shape):
        window = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        row, column = np.unravel_index(window.argmax(), window.shape)
        grad_x[2 * i + row, 2 * j + column, c] = grad_y[i, j, c]
    return grad_x


def average_pool_forward(x: Floats, edge: Edge) -> Floats:
    """Average each 2x2 window over the pixels that it has, window by window.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    edge : {"floor", "ceil"}
        As in `backpaint.reference.average_pool`.

    Returns
    -------
    (H / 2, W / 2, C) ndarray of float
        As `backpaint.reference.average_pool.average_pool_forward`.
    """
    rows, columns = (pooled_length(length, edge) for length in x.shape[:2])
    y = np.zeros((rows, columns, x.shape[2]), dtype=x.dtype)
    for i, j, c in np.ndindex(y.shape):
        y[i, j, c] = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].mean()
    return y


def average_pool_backward(grad_y: Floats, x: Floats, edge: Edge) -> Floats:
    """Pass each window's gradient to its pixels in equal parts.

    Parameters
    ----------
    grad_y : (H / 2, W / 2, C) ndarray of float
        Gradient with respect to the output.
    x : (H, W, C) ndarray of float
        Features.
    edge : {"floor", "ceil"}
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`.
    """
    del edge  # grad_y has as many windows as the forward pass had
    grad_x = np.zeros_like(x)
    for i, j, c in np.ndindex(grad_y.shape):
        window = grad_x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        window += grad_y[i, j, c] / window.size
    return grad_x


def overlapping_average_pool_forward(x: Floats, count_padding: bool) -> Floats:
    """Average each 3x3 window around every second pixel, window by window.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    count_padding : bool
        As in `backpaint.reference.overlapping_average_pool`.

    Returns
    -------
    (ceil(H / 2), ceil(W / 2), C) ndarray of float
        As `overlapping_average_pool_forward` there.
    """
    rows, columns = (pooled_length(length, "ceil") for length in x.shape[:2])
    y = np.zeros((rows, columns, x.shape[2]), dtype=x.dtype)
    for i, j, c in np.ndindex(y.shape):
        window = x[max(2 * i - 1, 0) : 2 * i + 2, max(2 * j - 1, 0) : 2 * j + 2, c]
        y[i, j, c] = window.sum() / (9 if count_padding else window.size)
    return y


def overlapping_average_pool_backward(grad_y: Floats, x: Floats, count_padding: bool) -> Floats:
    """Pass each 3x3 window's gradient to its pixels in equal parts.

    Parameters
    ----------
    grad_y : (ceil(H / 2), ceil(W / 2), C) ndarray of float
        Gradient with respect to the output.
    x : (H, W, C) ndarray of float
        Features.
    count_padding : bool
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`.
    """
    grad_x = np.zeros_like(x)
    for i, j, c in np.ndindex(grad_y.shape):
        window = grad_x[max(2 * i - 1, 0) : 2 * i + 2, max(2 * j - 1, 0) : 2 * j + 2, c]
        window += grad_y[i, j, c] / (9 if count_padding else window.size)
    return grad_x


def gram_forward(x: Floats, divisor: float, weights: Floats) -> Floats:
    """Sum products of two channels over positions; see `gram.gram_forward`."""
    height, width, channels = x.shape
    gram = np.zeros((channels, channels), dtype=x.dtype)
    for i, j in product(range(height), range(width)):
        for c, d in product(range(channels), repeat=2):
            gram[c, d] += weights[i, j] * x[i, j, c] * x[i, j, d] / divisor
    return gram


def gram_backward(grad_gram: Floats, x: Floats, divisor: float, weights: Floats) -> Floats:
    """Compute the gradient of each factor of each product; see `gram.gram_backward`."""
    height, width, channels = x.shape
    grad_x = np.zeros_like(x)
    for i, j in product(range(height), range(width)):
        for c, d in product(range(channels), repeat=2):
            slope = weights[i, j] * grad_gram[c, d] / divisor
            grad_x[i, j, c] += slope * x[i, j, d]
            grad_x[i, j, d] += slope * x[i, j, c]
    return grad_x
