"""3x3 convolution with stride 1 and a border of zeros on a GPU, forward and backward.

Same names, arguments and results as `reference/conv.py`, which explains them; the arrays are on the
device, float32 or float64.  Any size, any number of channels.
"""

from .conv_launch import launch_conv, prepare_filters
from .device import Array, arrays
from .products import columns_sum, shifted_product


def conv_forward(x: Array, w: Array, b: Array) -> Array:
    """Slide 3x3 filters over a feature map.

    Parameters
    ----------
    x : (H, W, C) device array of float
        Features; outside of them everything is zero.
    w : (3, 3, C, K) device array of float
        Filters.
    b : (K,) device array of float
        Added to each output channel.

    Returns
    -------
    (H, W, K) device array of float
        As `reference.conv.conv_forward`.
    """
    return _convolve(x, w, b, turned=False)


def conv_backward_input(grad_y: Array, w: Array) -> Array:
    """Carry a gradient from the output of a convolution back to its input.

    Parameters
    ----------
    grad_y : (H, W, K) device array of float
        Gradient of the loss with respect to `conv_forward`'s result.
    w : (3, 3, C, K) device array of float
        The filters that `conv_forward` used.

    Returns
    -------
    (H, W, C) device array of float
        Gradient of the loss with respect to ``x``: a convolution with turned filters.
    """
    return _convolve(grad_y, w, None, turned=True)


def conv_backward_weights(grad_y: Array, x: Array) -> Array:
    """Carry a gradient from the output of a convolution back to its filters.

    Parameters
    ----------
    grad_y : (H, W, K) device array of float
        Gradient of the loss with respect to `conv_forward`'s result.
    x : (H, W, C) device array of float
        The features that `conv_forward` saw.

    Returns
    -------
    (3, 3, C, K) device array of float
        Gradient of the loss with respect to ``w``.
    """
    grad_w = arrays().empty((3, 3, x.shape[2], grad_y.shape[2]), x.dtype)
    for i in range(3):
        for j in range(3):
            # forward:  y += shift(x, i, j) @ w[i, j]
            # so:       dw[i, j] = shift(x, i, j).T @ dy
            grad_w[i, j] = shifted_product(x, grad_y, i - 1, j - 1)
    return grad_w


def conv_backward_bias(grad_y: Array) -> Array:
    """Carry a gradient from the output of a convolution back to its bias.

    Parameters
    ----------
    grad_y : (H, W, K) device array of float
        Gradient of the loss with respect to `conv_forward`'s result.

    Returns
    -------
    (K,) device array of float
        Gradient of the loss with respect to ``b``.
    """
    return columns_sum(grad_y)


def _convolve(x: Array, w: Array, b: Array | None, *, turned: bool) -> Array:
    filters = prepare_filters(w, "exact", turned=turned)
    out = arrays().empty((*x.shape[:2], filters.channels_out), x.dtype)
    launch_conv(arrays().ascontiguousarray(x), filters, out, bias=b)
    return out
