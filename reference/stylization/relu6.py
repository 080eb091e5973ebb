"""ReLU6: a ReLU that also cuts off above, at 6."""

import numpy as np

from ..arrays import Floats, check_shape

SIX = 6.0


def relu6_forward(x: Floats, ceiling: float = SIX) -> Floats:
    """Cut off what is negative, and what is above the ceiling.

    Parameters
    ----------
    x : ndarray of float
        Any shape.
    ceiling : float
        The largest value that passes.

    Returns
    -------
    ndarray of float
        ``min(max(x, 0), ceiling)``, same shape and dtype; NaN stays NaN.

    See Also
    --------
    relu6_backward : Gradient of a loss through this function.

    References
    ----------
    .. [1] M. Sandler and others, "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
       arXiv:1801.04381, section 3.1: robust with few bits.

    Examples
    --------
    >>> relu6_forward(np.array([-1.0, 2.0, 9.0]))
    array([0., 2., 6.])
    """
    return np.minimum(np.maximum(x, 0), x.dtype.type(ceiling))


def relu6_backward(grad_y: Floats, y: Floats, ceiling: float = SIX) -> Floats:
    """Carry a gradient from the output of a ReLU6 back to its input.

    Parameters
    ----------
    grad_y : ndarray of float
        Gradient of the loss with respect to `relu6_forward`'s result.
    y : ndarray of float
        That result, same shape.
    ceiling : float
        As in the forward pass.

    Returns
    -------
    ndarray of float
        Gradient of the loss with respect to ``x``.

    See Also
    --------
    relu6_forward : The function differentiated here.

    Notes
    -----
    1. The slope is 1 where 0 < x < ceiling, and 0 below and above.
    2. At both kinks we take 0, as PyTorch and TensorFlow do.
    3. 0 < y < ceiling exactly where 0 < x < ceiling, so the output says where the gradient passes.

    Examples
    --------
    >>> relu6_backward(np.array([5.0, 5.0, 5.0]), np.array([0.0, 2.0, 6.0]))
    array([0., 5., 0.])
    """
    check_shape("grad_y", grad_y, y.shape)
    # forward:  y = min(max(x, 0), ceiling)
    # so:       dx = dy where 0 < y < ceiling
    return grad_y * ((y > 0) & (y < y.dtype.type(ceiling)))
