"""ReLU: negative values become zero, forward and backward."""

import numpy as np

from .arrays import Floats, check_shape


def relu_forward(x: Floats) -> Floats:
    """Replace negative values by zero.

    Parameters
    ----------
    x : ndarray of float
        Any shape.

    Returns
    -------
    ndarray of float
        ``max(x, 0)``, same shape and dtype; NaN stays NaN.

    Examples
    --------
    >>> relu_forward(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


def relu_backward(grad_y: Floats, y: Floats) -> Floats:
    """Carry a gradient from the output of a ReLU back to its input.

    Parameters
    ----------
    grad_y : ndarray of float
        Gradient of the loss with respect to `relu_forward`'s result.
    y : ndarray of float
        That result, same shape.  (The input is not needed: it was positive where `y` is.)

    Returns
    -------
    ndarray of float
        Gradient of the loss with respect to ``x``.

    Notes
    -----
    1. The slope is 1 where x > 0 and 0 where x < 0.
    2. At x = 0 there is none; we take 0, as Caffe, PyTorch and TensorFlow do.
    3. y > 0 exactly where x > 0, so the output says where the gradient passes.

    Examples
    --------
    >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([0.0, 0.0, 2.0]))
    array([0., 0., 5.])
    """
    check_shape("grad_y", grad_y, y.shape)
    # forward:  y = max(x, 0)
    # so:       dx = dy where y > 0
    return grad_y * (y > 0)
