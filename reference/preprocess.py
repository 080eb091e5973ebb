"""The map from the optimizer's variable to the network's input, forward and backward."""

import numpy as np

from .arrays import Floats, check_shape

Triple = tuple[float, float, float]
Order = tuple[int, int, int]


def preprocess_forward(x: Floats, scale: Triple, offset: Triple, order: Order) -> Floats:
    """Scale and shift each channel, then put the channels in the network's order.

    Parameters
    ----------
    x : (H, W, 3) ndarray of float
        The picture in R, G, B order, in units of the recipe's variable.
    scale, offset : tuple of three float
        Per channel of `x`.
    order : (0, 1, 2) or (2, 1, 0)
        Which channel of `x` becomes the first, second, third: (2, 1, 0) gives B, G, R.

    Returns
    -------
    (H, W, 3) ndarray of float
        ``(x * scale + offset)[..., order]``.

    Examples
    --------
    >>> pixel = np.array([[[10.0, 20.0, 30.0]]])
    >>> preprocess_forward(pixel, (1.0, 1.0, 1.0), (-1.0, -2.0, -3.0), (2, 1, 0))
    array([[[27., 18.,  9.]]])
    """
    check_shape("x", x, (None, None, 3))
    centered = x * np.array(scale, x.dtype) + np.array(offset, x.dtype)
    return centered[..., order]


def preprocess_backward(grad_y: Floats, scale: Triple, order: Order) -> Floats:
    """Carry a gradient from what the network sees back to what the optimizer moves.

    Parameters
    ----------
    grad_y : (H, W, 3) ndarray of float
        Gradient of the loss with respect to `preprocess_forward`'s result.
    scale, order
        As in the forward pass; the offset has no part in the gradient.

    Returns
    -------
    (H, W, 3) ndarray of float
        Gradient of the loss with respect to ``x``, in R, G, B order.

    Notes
    -----
    1. ``y[..., k] = x[..., c] scale[c] + offset[c]`` with c = order[k]: the slope is scale[c], and
       the offset has no part in it.
    2. So what comes back in place k goes to channel order[k], times that channel's scale.
    """
    check_shape("grad_y", grad_y, (None, None, 3))
    # forward:  y[..., k] = x[..., order[k]] scale[order[k]] + offset[order[k]]
    # so:       dx[..., order[k]] = dy[..., k] scale[order[k]]
    grad_x = np.empty_like(grad_y)
    grad_x[..., order] = grad_y
    return grad_x * np.array(scale, grad_y.dtype)
