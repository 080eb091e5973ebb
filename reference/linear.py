"""A fully connected layer, forward and backward."""

import numpy as np

from .arrays import Floats, check_shape


def linear_forward(x: Floats, w: Floats, b: Floats) -> Floats:
    """Multiply a vector by a matrix and add a bias.

    Parameters
    ----------
    x : (N,) ndarray of float
        Features; a feature map is flattened in (height, width, channel) order.
    w : (N, K) ndarray of float
        One column of weights for each output.
    b : (K,) ndarray of float
        Bias.

    Returns
    -------
    (K,) ndarray of float
        ``x @ w + b``.

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    Examples
    --------
    >>> linear_forward(np.array([1.0, 2.0]), np.array([[3.0], [4.0]]), np.array([5.0]))
    array([16.])
    """
    check_shape("w", w, (None, None))
    check_shape("x", x, (w.shape[0],))
    check_shape("b", b, (w.shape[1],))
    return np.asarray(x @ w + b)


def linear_backward_input(grad_y: Floats, w: Floats) -> Floats:
    """Carry a gradient from the output of a fully connected layer back to its input.

    Parameters
    ----------
    grad_y : (K,) ndarray of float
        Gradient of the loss with respect to `linear_forward`'s result.
    w : (N, K) ndarray of float
        The weights that `linear_forward` used.

    Returns
    -------
    (N,) ndarray of float
        Gradient of the loss with respect to ``x``.

    Notes
    -----
    1. x[n] is in every y[k], with the slope w[n, k].
    2. So ``dx[n] = sum_k w[n, k] dy[k]``.
    """
    check_shape("grad_y", grad_y, (w.shape[1],))
    # forward:  y = x @ w + b
    # so:       dx = w @ dy
    return np.asarray(w @ grad_y)


def linear_backward_weights(grad_y: Floats, x: Floats) -> Floats:
    """Carry a gradient from the output of a fully connected layer back to its weights.

    Parameters
    ----------
    grad_y : (K,) ndarray of float
        Gradient of the loss with respect to `linear_forward`'s result.
    x : (N,) ndarray of float
        The features that `linear_forward` saw.

    Returns
    -------
    (N, K) ndarray of float
        Gradient of the loss with respect to ``w``.

    Notes
    -----
    1. w[n, k] is in y[k] alone, with the slope x[n].
    2. So ``dw[n, k] = x[n] dy[k]``: an outer product.
    """
    check_shape("grad_y", grad_y, (None,))
    check_shape("x", x, (None,))
    # forward:  y[k] += x[n] w[n, k]
    # so:       dw[n, k] = x[n] dy[k]
    return np.outer(x, grad_y)


def linear_backward_bias(grad_y: Floats) -> Floats:
    """Carry a gradient from the output of a fully connected layer back to its bias.

    Parameters
    ----------
    grad_y : (K,) ndarray of float
        Gradient of the loss with respect to `linear_forward`'s result.

    Returns
    -------
    (K,) ndarray of float
        Gradient of the loss with respect to ``b``: the same numbers, copied.

    Notes
    -----
    1. b[k] is in y[k] alone, with the slope 1.
    2. So ``db = dy``.
    """
    check_shape("grad_y", grad_y, (None,))
    # forward:  y += b
    # so:       db = dy
    return grad_y.copy()
