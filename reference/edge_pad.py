"""Edge padding: a border that repeats the outermost pixels, for a first convolution."""

import numpy as np

from .arrays import Floats, check_shape


def edge_pad_forward(x: Floats) -> Floats:
    """Repeat the outermost row or column of a picture once on each side.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        A picture.

    Returns
    -------
    (H + 2, W + 2, C) ndarray of float
        ``a a b c c`` for ``a b c``.

    See Also
    --------
    edge_pad_backward : Gradient of a loss through this function.

    Notes
    -----
    A border of zeros is an edge between the picture and gray (or what zero means to the network),
    and a painting shows it.

    References
    ----------
    .. [1] K. Crowson, style-transfer-pytorch: ``padding_mode="replicate"`` for the first layer.

    Examples
    --------
    >>> edge_pad_forward(np.array([[[1.0], [2.0]]]))[..., 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    check_shape("x", x, (None, None, None))
    return np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")


def edge_pad_backward(grad_y: Floats) -> Floats:
    """Carry a gradient from a padded picture back to what was padded.

    Parameters
    ----------
    grad_y : (H + 2, W + 2, C) ndarray of float
        Gradient of the loss with respect to `edge_pad_forward`'s result.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to ``x``.

    See Also
    --------
    edge_pad_forward : The function differentiated here.

    Notes
    -----
    1. Along one axis of length n, row p is in the result as row p + 1, with the slope 1.
    2. Row 0 is there once more, as row 0; row n - 1 once more, as row n + 1.
    3. The gradients of all copies add up; if n is 1, of three.
    4. Rows and columns are padded one after the other, so gradients go back along one axis after
       the other; a corner's gradient goes through both.
    """
    check_shape("grad_y", grad_y, (None, None, None))
    grad_rows = _fold(grad_y)  # (H, W + 2, C)
    return _fold(grad_rows.swapaxes(0, 1)).swapaxes(0, 1)


def _fold(grad_y: Floats) -> Floats:
    """Add the gradients of the repeated rows to those of their originals."""
    # forward:  y[0] = x[0], y[-1] = x[-1]
    # so:       dx[0] += dy[0], dx[-1] += dy[-1]
    grad_x = grad_y[1:-1].copy()
    grad_x[0] += grad_y[0]
    grad_x[-1] += grad_y[-1]
    return grad_x
