"""3x3 convolution with stride 1 and a border of zeros ("same"), forward and backward.

Read this file first: everything else in VGG is simpler.  The same operation written as loops that
follow the formula index by index is in `naive.py`.
"""

import numpy as np

from .arrays import Floats, check_shape


def conv_forward(x: Floats, w: Floats, b: Floats) -> Floats:
    """Slide 3x3 filters over a feature map.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features; outside of them everything is zero.
    w : (3, 3, C, K) ndarray of float
        Filters.  As in all neural networks they are not turned (cross-correlation).
    b : (K,) ndarray of float
        Added to each output channel.

    Returns
    -------
    (H, W, K) ndarray of float
        ``y[i, j, k] = b[k] + sum_abc xpad[i + a, j + b, c] w[a, b, c, k]``, where ``xpad`` is `x`
        with one row or column of zeros on each side.

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    Notes
    -----
    The sum over a and b is nine matrix products of a shifted image, (H*W, C) by (C, K): no copy of
    the image with nine times the channels is ever made.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", arXiv:1409.1556, section 2.1.

    Examples
    --------
    A filter that is 1 in its center and 0 elsewhere changes nothing:

    >>> x = np.arange(6.0).reshape(2, 3, 1)
    >>> w = np.zeros((3, 3, 1, 1))
    >>> w[1, 1] = 1.0
    >>> np.array_equal(conv_forward(x, w, np.zeros(1)), x)
    True
    """
    check_shape("w", w, (3, 3, None, None))
    check_shape("x", x, (None, None, w.shape[2]))
    check_shape("b", b, (w.shape[3],))
    height, width, _ = x.shape
    padded = _pad(x)  # (H + 2, W + 2, C)
    y = np.empty((height * width, b.size), dtype=x.dtype)
    y[:] = b
    for i in range(3):
        for j in range(3):
            shifted = padded[i : i + height, j : j + width].reshape(height * width, -1)
            y += shifted @ w[i, j]  # (H*W, C) by (C, K)
    return y.reshape(height, width, -1)  # (H, W, K)


def conv_backward_input(grad_y: Floats, w: Floats) -> Floats:
    """Carry a gradient from the output of a convolution back to its input.

    Parameters
    ----------
    grad_y : (H, W, K) ndarray of float
        Gradient of the loss with respect to `conv_forward`'s result.
    w : (3, 3, C, K) ndarray of float
        The filters that `conv_forward` used.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to ``x``.

    Notes
    -----
    1. Where x[p, q] meets w[a, b], it adds to y[p + 1 - a, q + 1 - b].
    2. Collecting what comes back,
       ``dx[p, q, c] = sum_abk dy[p + 1 - a, q + 1 - b, k] w[a, b, c, k]``.
    3. Put a' = 2 - a, b' = 2 - b: the offsets become a' - 1, b' - 1, those of a forward
       convolution.  So the gradient is itself a 3x3 same convolution of ``grad_y``, with the
       filters turned by 180 degrees and their two channel axes exchanged.
    """
    check_shape("grad_y", grad_y, (None, None, w.shape[3]))
    # forward:  y += shift(x, i, j) @ w[i, j]
    # so:       dx += shift(dy, 2 - i, 2 - j) @ w[i, j].T
    turned = w[::-1, ::-1].transpose(0, 1, 3, 2)  # (3, 3, K, C)
    return conv_forward(grad_y, turned, np.zeros(w.shape[2], dtype=grad_y.dtype))


def conv_backward_weights(grad_y: Floats, x: Floats) -> Floats:
    """Carry a gradient from the output of a convolution back to its filters.

    Parameters
    ----------
    grad_y : (H, W, K) ndarray of float
        Gradient of the loss with respect to `conv_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that `conv_forward` saw.

    Returns
    -------
    (3, 3, C, K) ndarray of float
        Gradient of the loss with respect to ``w``.

    Notes
    -----
    1. w[a, b] multiplies the image shifted by (a, b), at every position.
    2. So its gradient is the product of that shifted image with ``grad_y``, summed over all
       positions: ``dw[a, b, c, k] = sum_ij xpad[i + a, j + b, c] dy[i, j, k]``.
    """
    check_shape("grad_y", grad_y, (*x.shape[:2], None))
    height, width, channels = x.shape
    padded = _pad(x)  # (H + 2, W + 2, C)
    grad_w = np.empty((3, 3, channels, grad_y.shape[2]), dtype=x.dtype)
    for i in range(3):
        for j in range(3):
            # forward:  y += shift(x, i, j) @ w[i, j]
            # so:       dw[i, j] = shift(x, i, j).T @ dy
            shifted = padded[i : i + height, j : j + width].reshape(height * width, -1)
            grad_w[i, j] = shifted.T @ grad_y.reshape(height * width, -1)  # (C, K)
    return grad_w


def conv_backward_bias(grad_y: Floats) -> Floats:
    """Carry a gradient from the output of a convolution back to its bias.

    Parameters
    ----------
    grad_y : (H, W, K) ndarray of float
        Gradient of the loss with respect to `conv_forward`'s result.

    Returns
    -------
    (K,) ndarray of float
        Gradient of the loss with respect to ``b``.

    Notes
    -----
    1. ``b[k]`` is added to ``y[i, j, k]`` at every position, with the slope 1.
    2. So the gradients of all positions add up.
    """
    check_shape("grad_y", grad_y, (None, None, None))
    # forward:  y += b
    # so:       db = sum of dy over positions
    return np.asarray(grad_y.sum(axis=(0, 1)))


def _pad(x: Floats) -> Floats:
    """Put one row or column of zeros on each side of an image, (H, W, C) to (H + 2, W + 2, C)."""
    return np.pad(x, ((1, 1), (1, 1), (0, 0)))
