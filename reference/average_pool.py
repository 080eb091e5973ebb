"""2x2 average pooling with stride 2, forward and backward."""

import numpy as np

from .arrays import Floats, check_shape
from .windows import Edge, corners, pooled_length, whole_windows


def average_pool_forward(x: Floats, edge: Edge) -> Floats:
    """Average each 2x2 window.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    edge : {"floor", "ceil"}
        What to do with a last odd row or column: drop it (PyTorch, Keras), or average what is
        there, divided by the real count of 2 or 1 pixels (Caffe, TensorFlow's SAME).

    Returns
    -------
    (H / 2, W / 2, C) ndarray of float
        Rounded as `edge` says.

    Raises
    ------
    ValueError
        If not even one window fits.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, "A Neural Algorithm of Artistic Style",
       arXiv:1508.06576, methods: average instead of max pooling "improves the gradient flow".

    Examples
    --------
    >>> x = np.array([[1.0, 2.0, 5.0], [4.0, 3.0, 6.0]])[:, :, np.newaxis]
    >>> average_pool_forward(x, "ceil")[:, :, 0]
    array([[2.5, 5.5]])
    """
    total = sum(corners(whole_windows(x, edge, 0.0)))
    return np.asarray(total / _count(x, edge))


def average_pool_backward(grad_y: Floats, x: Floats, edge: Edge) -> Floats:
    """Carry a gradient from the output of average pooling back to its input.

    Parameters
    ----------
    grad_y : (H / 2, W / 2, C) ndarray of float
        Gradient of the loss with respect to `average_pool_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that `average_pool_forward` saw; only their shape matters.
    edge : {"floor", "ceil"}
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`: each window's gradient in equal parts.

    Notes
    -----
    1. Each pixel of a window is in its average with the slope 1 / count, where the count is of
       the pixels that are there: 4, or 2 or 1 at an odd edge.
    2. Windows do not overlap, so each pixel gets the gradient of one window, over its count.
    3. A dropped row or column is in no window, and gets zero.
    """
    check_shape("grad_y", grad_y, (*(pooled_length(n, edge) for n in x.shape[:2]), x.shape[2]))
    # forward:  y = sum(corners) / count
    # so:       each corner gets dy / count
    share = grad_y / _count(x, edge)
    spread = share.repeat(2, axis=0).repeat(2, axis=1)[: x.shape[0], : x.shape[1]]
    grad_x = np.zeros_like(x)
    grad_x[: spread.shape[0], : spread.shape[1]] = spread
    return grad_x


def _count(x: Floats, edge: Edge) -> Floats:
    """Count the pixels of `x` in each window, (rows, columns, 1): 4 inside, 2 or 1 at an edge."""
    pixels = np.ones((*x.shape[:2], 1), dtype=x.dtype)
    return np.asarray(sum(corners(whole_windows(pixels, edge, 0.0))))
