"""2x2 max pooling with stride 2, forward and backward."""

import numpy as np

from .arrays import Floats, check_shape
from .windows import Edge, corners, pooled_length, whole_windows


def max_pool_forward(x: Floats, edge: Edge) -> Floats:
    """Keep the largest value of each 2x2 window.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    edge : {"floor", "ceil"}
        What to do with a last odd row or column: drop it (PyTorch, Keras), or take the largest of
        what is there (Caffe, TensorFlow's SAME).

    Returns
    -------
    (H / 2, W / 2, C) ndarray of float
        Rounded as `edge` says.

    Raises
    ------
    ValueError
        If not even one window fits.

    Examples
    --------
    >>> x = np.array([[1.0, 2.0, 5.0], [4.0, 3.0, 6.0]])[:, :, np.newaxis]
    >>> max_pool_forward(x, "floor")[:, :, 0]
    array([[4.]])
    >>> max_pool_forward(x, "ceil")[:, :, 0]
    array([[4., 6.]])
    """
    top_left, top_right, bottom_left, bottom_right = corners(whole_windows(x, edge, -np.inf))
    return np.maximum(np.maximum(top_left, top_right), np.maximum(bottom_left, bottom_right))


def max_pool_backward(grad_y: Floats, x: Floats, edge: Edge) -> Floats:
    """Carry a gradient from the output of max pooling back to its input.

    Parameters
    ----------
    grad_y : (H / 2, W / 2, C) ndarray of float
        Gradient of the loss with respect to `max_pool_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that `max_pool_forward` saw.
    edge : {"floor", "ceil"}
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`: each window's gradient goes to its largest value
        alone.

    Notes
    -----
    1. The maximum follows its largest value with the slope 1, and the others not at all.
    2. Where several are equally large, it goes to the first in reading order, as in Caffe and
       PyTorch.
    3. A dropped row or column is in no window, and gets zero.
    """
    check_shape("grad_y", grad_y, (*(pooled_length(n, edge) for n in x.shape[:2]), x.shape[2]))
    y = max_pool_forward(x, edge)
    windows = whole_windows(x, edge, -np.inf)
    grad_windows = np.zeros_like(windows)
    given = np.zeros(y.shape, dtype=bool)  # windows whose winner has been found
    # forward:  y = max(corners)
    # so:       the first corner that equals y gets dy, the others nothing
    for corner, grad_corner in zip(corners(windows), corners(grad_windows), strict=True):
        wins = (corner == y) & ~given
        grad_corner[...] = grad_y * wins
        given |= wins
    grad_x = np.zeros_like(x)
    kept = grad_windows[: x.shape[0], : x.shape[1]]  # without what was filled in
    grad_x[: kept.shape[0], : kept.shape[1]] = kept
    return grad_x
