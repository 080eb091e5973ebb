"""The logistic sigmoid, which squeezes any number into 0..1."""

import numpy as np

from ..arrays import Floats, check_shape


def sigmoid_forward(x: Floats) -> Floats:
    """Squeeze numbers into 0..1.

    Parameters
    ----------
    x : ndarray of float
        Any shape.

    Returns
    -------
    ndarray of float
        ``1 / (1 + exp(-x))``, same shape and dtype.

    See Also
    --------
    sigmoid_backward : Gradient of a loss through this function.

    Notes
    -----
    It is written as ``(1 + tanh(x / 2)) / 2``, which is the same and cannot overflow.

    Examples
    --------
    >>> sigmoid_forward(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    half = x.dtype.type(0.5)
    return half + half * np.tanh(half * x)


def sigmoid_backward(grad_y: Floats, y: Floats) -> Floats:
    """Carry a gradient from the output of a sigmoid back to its input.

    Parameters
    ----------
    grad_y : ndarray of float
        Gradient of the loss with respect to `sigmoid_forward`'s result.
    y : ndarray of float
        That result, same shape.  (The input is not needed.)

    Returns
    -------
    ndarray of float
        Gradient of the loss with respect to ``x``.

    See Also
    --------
    sigmoid_forward : The function differentiated here.

    Notes
    -----
    1. With e = exp(-x), y = 1 / (1 + e) has the slope e / (1 + e)^2, since de/dx = -e.
    2. 1 / (1 + e) is y, and e / (1 + e) is 1 - y: the slope is y (1 - y), at most 1/4.
    """
    check_shape("grad_y", grad_y, y.shape)
    # forward:  y = 1 / (1 + exp(-x))
    # so:       dx = dy y (1 - y)
    return grad_y * y * (1 - y)
