"""Depthwise convolution: each channel has its own filter, and they do not mix.

Strides and borders are those of `strided_conv.py`, and so is the gradient of the bias.
"""

import numpy as np

from ..arrays import Floats, check_shape
from .strided_conv import strided_size, windows


def depthwise_conv_forward(x: Floats, w: Floats, b: Floats, stride: int) -> Floats:
    """Slide a filter over each channel by itself.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    w : (A, B, C) ndarray of float
        One filter of A x B pixels for each channel, not turned.
    b : (C,) ndarray of float
        Added to each channel.
    stride : int
        How far apart neighboring windows are, down and across.

    Returns
    -------
    (P, Q, C) ndarray of float
        ``y[i, j, c] = b[c] + sum_ab x[s i + a, s j + b, c] w[a, b, c]`` with the stride s; sizes
        as for `strided_conv_forward`.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or the filter is larger than the map.

    See Also
    --------
    depthwise_conv_backward_input, depthwise_conv_backward_weights

    References
    ----------
    .. [1] A. Howard and others, "MobileNets: Efficient Convolutional Neural Networks for Mobile
       Vision Applications", arXiv:1704.04861, equation 3.

    Examples
    --------
    >>> x = np.ones((2, 2, 2))
    >>> depthwise_conv_forward(x, np.array([[[1.0, 10.0]]]), np.zeros(2), 2)
    array([[[ 1., 10.]]])
    """
    check_shape("w", w, (None, None, None))
    check_shape("x", x, (None, None, w.shape[2]))
    check_shape("b", b, (w.shape[2],))
    rows, columns = strided_size(x, w, stride)
    y = np.empty((rows, columns, b.size), dtype=x.dtype)
    y[:] = b
    for (i, j), window in windows(w, rows, columns, stride):
        y += x[window] * w[i, j]  # (P, Q, C) by (C,)
    return y


def depthwise_conv_backward_input(grad_y: Floats, x: Floats, w: Floats, stride: int) -> Floats:
    """Carry a gradient from the output of a depthwise convolution back to its input.

    Parameters
    ----------
    grad_y : (P, Q, C) ndarray of float
        Gradient of the loss with respect to `depthwise_conv_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw; only their shape matters.
    w : (A, B, C) ndarray of float
        Its filters.
    stride : int
        Its stride.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`.

    See Also
    --------
    depthwise_conv_forward : The function differentiated here.

    Notes
    -----
    1. ``x[p, q, c]`` meets ``w[a, b, c]`` in the window for which p = s i + a and q = s j + b, and
       is in no other channel.
    2. So every window gives ``dy[i, j, c] w[a, b, c]`` back to each pixel that it covers; what
       comes from several windows adds up, and no channel is summed over.
    """
    rows, columns = strided_size(x, w, stride)
    check_shape("grad_y", grad_y, (rows, columns, w.shape[2]))
    grad_x = np.zeros_like(x)
    for (i, j), window in windows(w, rows, columns, stride):
        # forward:  y += x[window] * w[i, j]
        # so:       dx[window] += dy * w[i, j]
        grad_x[window] += grad_y * w[i, j]
    return grad_x


def depthwise_conv_backward_weights(grad_y: Floats, x: Floats, w: Floats, stride: int) -> Floats:
    """Carry a gradient from the output of a depthwise convolution back to its filters.

    Parameters
    ----------
    grad_y : (P, Q, C) ndarray of float
        Gradient of the loss with respect to `depthwise_conv_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw.
    w : (A, B, C) ndarray of float
        Its filters; only their shape matters.
    stride : int
        Its stride.

    Returns
    -------
    (A, B, C) ndarray of float
        Gradient of the loss with respect to `w`.

    See Also
    --------
    depthwise_conv_forward : The function differentiated here.

    Notes
    -----
    1. ``w[a, b, c]`` multiplies the pixels ``x[s i + a, s j + b, c]``, one for each window.
    2. So its gradient is the sum over all windows of these pixels times ``grad_y``, channel by
       channel.
    """
    rows, columns = strided_size(x, w, stride)
    check_shape("grad_y", grad_y, (rows, columns, w.shape[2]))
    grad_w = np.empty_like(w)
    for (i, j), window in windows(w, rows, columns, stride):
        # forward:  y += x[window] * w[i, j]
        # so:       dw[i, j] = sum of x[window] * dy over positions
        grad_w[i, j] = (x[window] * grad_y).sum(axis=(0, 1))  # (C,)
    return grad_w
