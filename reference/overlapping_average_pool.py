"""3x3 average pooling with stride 2 and a border of one, forward and backward (andersbll)."""

import numpy as np

from .arrays import Floats, check_shape
from .windows import pooled_length


def overlapping_average_pool_forward(x: Floats, count_padding: bool) -> Floats:
    """Average 3x3 windows whose centers are every second pixel.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features; outside of them everything is zero.
    count_padding : bool
        Whether a window at the border is divided by 9 all the same (CUDArray's own kernels and
        NumPy code), or by the number of its pixels inside the image (cuDNN).

    Returns
    -------
    (ceil(H / 2), ceil(W / 2), C) ndarray of float
        ``y[i, j]`` is the average around ``x[2 i, 2 j]``.

    References
    ----------
    .. [1] A. B. L. Larsen, andersbll/neural_artistic_style, whose pools are 3x3, stride 2,
       border 1.

    Examples
    --------
    >>> x = np.ones((2, 2, 1))
    >>> overlapping_average_pool_forward(x, count_padding=False)[0, 0]
    array([1.])
    >>> overlapping_average_pool_forward(9 * x, count_padding=True)[0, 0]
    array([4.])
    """
    check_shape("x", x, (None, None, None))
    return _window_sums(x) / _count(x, count_padding)


def overlapping_average_pool_backward(grad_y: Floats, x: Floats, count_padding: bool) -> Floats:
    """Carry a gradient from the output of overlapping average pooling back to its input.

    Parameters
    ----------
    grad_y : (ceil(H / 2), ceil(W / 2), C) ndarray of float
        Gradient of the loss with respect to `overlapping_average_pool_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw; only their shape matters.
    count_padding : bool
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`: every pixel collects from the one, two or four
        windows that it lies in.

    Notes
    -----
    1. ``y[i, j] = sum_ab xpad[2 i + a, 2 j + b] / count[i, j]``, a and b from 0 to 2.
    2. So ``y[i, j]`` gives ``dy[i, j] / count[i, j]`` back to each of its nine pixels, and what a
       pixel gets from several windows adds up.
    3. What falls on the border belongs to no pixel, and is cut off.
    """
    rows, columns = (pooled_length(n, "ceil") for n in x.shape[:2])
    check_shape("grad_y", grad_y, (rows, columns, x.shape[2]))
    share = grad_y / _count(x, count_padding)
    grad_padded = np.zeros((2 * rows + 1, 2 * columns + 1, x.shape[2]), dtype=x.dtype)
    for i in range(3):
        for j in range(3):
            # forward:  y += padded[i::2, j::2] / count
            # so:       dpadded[i::2, j::2] += dy / count
            grad_padded[i : i + 2 * rows : 2, j : j + 2 * columns : 2] += share
    return grad_padded[1 : 1 + x.shape[0], 1 : 1 + x.shape[1]]


def _window_sums(x: Floats) -> Floats:
    """Sum 3x3 windows around every second pixel, (H, W, C) to (rows, columns, C)."""
    rows, columns = (pooled_length(n, "ceil") for n in x.shape[:2])
    behind = (2 * rows - x.shape[0], 2 * columns - x.shape[1])  # 0 or 1 rows of the border are used
    padded = np.pad(x, ((1, behind[0]), (1, behind[1]), (0, 0)))  # (2 rows + 1, 2 columns + 1, C)
    sums = np.zeros((rows, columns, x.shape[2]), dtype=x.dtype)
    for i in range(3):
        for j in range(3):
            sums += padded[i : i + 2 * rows : 2, j : j + 2 * columns : 2]
    return sums


def _count(x: Floats, count_padding: bool) -> Floats:
    """Count the pixels in each window, (rows, columns, 1)."""
    pixels = _window_sums(np.ones((*x.shape[:2], 1), dtype=x.dtype))
    return np.full_like(pixels, 9) if count_padding else pixels
