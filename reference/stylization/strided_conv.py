"""Convolution with any filter and any stride, without a border, forward and backward.

A border is put on beforehand (`reflection_pad.py`).  The gradient of the bias is that of any
convolution, `conv_backward_bias` in `../conv.py`.
"""

from collections.abc import Iterator

import numpy as np

from ..arrays import Floats, check_shape

"""Rows and columns of the input."""


def strided_conv_forward(x: Floats, w: Floats, b: Floats, stride: int) -> Floats:
    """Slide filters over a feature map, `stride` pixels at a time.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    w : (A, B, C, K) ndarray of float
        Filters of A x B pixels, not turned (cross-correlation).
    b : (K,) ndarray of float
        Added to each output channel.
    stride : int
        How far apart neighboring windows are, down and across.

    Returns
    -------
    (P, Q, K) ndarray of float
        ``y[i, j, k] = b[k] + sum_abc x[s i + a, s j + b, c] w[a, b, c, k]`` with the stride s,
        wherever the whole filter lies inside: P = (H - A) // s + 1, Q = (W - B) // s + 1.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or the filter is larger than the map.

    See Also
    --------
    strided_conv_backward_input, strided_conv_backward_weights

    References
    ----------
    .. [1] V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, relationship 5.

    Examples
    --------
    >>> x = np.arange(5.0).reshape(1, 5, 1)
    >>> strided_conv_forward(x, np.array([1.0, -1.0]).reshape(1, 2, 1, 1), np.zeros(1), 2)[0, :, 0]
    array([-1., -1.])
    """
    check_shape("w", w, (None, None, None, None))
    check_shape("x", x, (None, None, w.shape[2]))
    check_shape("b", b, (w.shape[3],))
    rows, columns = strided_size(x, w, stride)
    y = np.empty((rows, columns, b.size), dtype=x.dtype)
    y[:] = b
    for (i, j), window in windows(w, rows, columns, stride):
        y += x[window] @ w[i, j]  # (P, Q, C) by (C, K)
    return y


def strided_conv_backward_input(grad_y: Floats, x: Floats, w: Floats, stride: int) -> Floats:
    """Carry a gradient from the output of a strided convolution back to its input.

    Parameters
    ----------
    grad_y : (P, Q, K) ndarray of float
        Gradient of the loss with respect to `strided_conv_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw; only their shape matters, which `grad_y` does not tell.
    w : (A, B, C, K) ndarray of float
        Its filters.
    stride : int
        Its stride.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`.

    See Also
    --------
    strided_conv_forward : The function differentiated here.

    Notes
    -----
    1. ``x[p, q]`` meets ``w[a, b]`` in the window i, j for which p = s i + a and q = s j + b.
    2. So every window gives ``dy[i, j] @ w[a, b].T`` back to each pixel that it covers, and what a
       pixel gets from several windows adds up.
    3. With a stride beyond the filter's size, or at the end, some pixels are in no window; they
       get 0.
    """
    rows, columns = strided_size(x, w, stride)
    check_shape("grad_y", grad_y, (rows, columns, w.shape[3]))
    grad_x = np.zeros_like(x)
    for (i, j), window in windows(w, rows, columns, stride):
        # forward:  y += x[window] @ w[i, j]
        # so:       dx[window] += dy @ w[i, j].T
        grad_x[window] += grad_y @ w[i, j].T  # (P, Q, K) by (K, C)
    return grad_x


def strided_conv_backward_weights(grad_y: Floats, x: Floats, w: Floats, stride: int) -> Floats:
    """Carry a gradient from the output of a strided convolution back to its filters.

    Parameters
    ----------
    grad_y : (P, Q, K) ndarray of float
        Gradient of the loss with respect to `strided_conv_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw.
    w : (A, B, C, K) ndarray of float
        Its filters; only their shape matters.
    stride : int
        Its stride.

    Returns
    -------
    (A, B, C, K) ndarray of float
        Gradient of the loss with respect to `w`.

    See Also
    --------
    strided_conv_forward : The function differentiated here.

    Notes
    -----
    1. ``w[a, b]`` multiplies the pixels ``x[s i + a, s j + b]``, one for each window i, j.
    2. So its gradient is the product of these pixels with ``grad_y``, summed over all windows.
    """
    rows, columns = strided_size(x, w, stride)
    check_shape("grad_y", grad_y, (rows, columns, w.shape[3]))
    grad_w = np.empty_like(w)
    for (i, j), window in windows(w, rows, columns, stride):
        # forward:  y += x[window] @ w[i, j]
        # so:       dw[i, j] = x[window].T @ dy
        grad_w[i, j] = np.tensordot(x[window], grad_y, axes=((0, 1), (0, 1)))  # (C, K)
    return grad_w


def strided_size(x: Floats, w: Floats, stride: int) -> tuple[int, int]:
    """Count the windows, down and across.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    w : ndarray of float
        Filters, height and width first.
    stride : int
        How far apart windows are.

    Returns
    -------
    rows, columns : int

    Raises
    ------
    ValueError
        If not even one window fits.
    """
    rows, columns = ((n - a) // stride + 1 for n, a in zip(x.shape[:2], w.shape[:2], strict=True))
    if min(rows, columns) < 1:
        raise ValueError(f"x has the shape {x.shape}; expected at least {w.shape[:2]}, the filter")
    return rows, columns


def windows(
    w: Floats, rows: int, columns: int, stride: int
) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    """List, for each position of a filter, the pixels that it meets.

    Parameters
    ----------
    w : ndarray of float
        Filters, height and width first.
    rows, columns : int
        The number of windows.
    stride : int
        How far apart they are.

    Yields
    ------
    position : (int, int)
        Row and column in the filter.
    window : (slice, slice)
        Rows and columns of the input, `rows` by `columns` of them.
    """
    for i, j in np.ndindex(w.shape[:2]):
        down = slice(i, i + stride * (rows - 1) + 1, stride)
        yield (i, j), (down, slice(j, j + stride * (columns - 1) + 1, stride))
