"""Nearest-neighbor upsampling: every pixel becomes a square of equal ones."""

import numpy as np

from ..arrays import Floats, check_shape


def upsample_forward(x: Floats, factor: int) -> Floats:
    """Repeat every row and every column.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    factor : int
        How often.

    Returns
    -------
    (factor H, factor W, C) ndarray of float
        ``y[i, j] = x[i // factor, j // factor]``.

    See Also
    --------
    upsample_backward : Gradient of a loss through this function.

    References
    ----------
    .. [1] A. Odena, V. Dumoulin, C. Olah, "Deconvolution and Checkerboard Artifacts", Distill,
       2016: resizing and then convolving leaves none.

    Examples
    --------
    >>> upsample_forward(np.array([[[1.0], [2.0]]]), 2)[:, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    check_shape("x", x, (None, None, None))
    return x.repeat(factor, axis=0).repeat(factor, axis=1)


def upsample_backward(grad_y: Floats, x: Floats, factor: int) -> Floats:
    """Carry a gradient from the output of upsampling back to its input.

    Parameters
    ----------
    grad_y : (factor H, factor W, C) ndarray of float
        Gradient of the loss with respect to `upsample_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw; only their shape matters.
    factor : int
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`.

    See Also
    --------
    upsample_forward : The function differentiated here.

    Notes
    -----
    1. ``x[p, q]`` is repeated factor^2 times, each time with the slope 1.
    2. So its gradient is the sum over that square; not the mean.
    """
    height, width, channels = x.shape
    check_shape("grad_y", grad_y, (factor * height, factor * width, channels))
    # forward:  y[factor p + a, factor q + b] = x[p, q]
    # so:       dx[p, q] = sum over a and b of dy[factor p + a, factor q + b]
    squares = grad_y.reshape(height, factor, width, factor, channels)
    return np.asarray(squares.sum(axis=(1, 3)))
