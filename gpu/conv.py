"""3x3 convolution with stride 1 and a border of zeros on a GPU, forward and backward.

Same names, arguments and results as `reference/conv.py`, which explains them; the arrays are on the
device, float32 or float64.  Any size, any number of channels.
"""

from .conv_launch import launch_conv, prepare_filters
from .device import Array, arrays
from .gram_launch import launch_transposed_product, product_workspace


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
            _multiply_transposed(x, grad_y, grad_w[i, j], (i - 1, j - 1))
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
    # forward:  y += b, which is ones @ b at all positions
    # so:       db = ones.T @ dy
    ones = arrays().empty((*grad_y.shape[:2], 1), grad_y.dtype)
    ones.fill(1)
    grad_b = arrays().empty((1, grad_y.shape[2]), grad_y.dtype)
    _multiply_transposed(ones, grad_y, grad_b, (0, 0))
    return grad_b[0]


def _convolve(x: Array, w: Array, b: Array | None, *, turned: bool) -> Array:
    filters = prepare_filters(w, "exact", turned=turned)
    out = arrays().empty((*x.shape[:2], filters.channels_out), x.dtype)
    launch_conv(arrays().ascontiguousarray(x), filters, out, bias=b)
    return out


def _multiply_transposed(x: Array, y: Array, out: Array, shift: tuple[int, int]) -> None:
    height, width, channels = x.shape
    workspace = product_workspace(height * width, channels, y.shape[2])
    partial = arrays().empty(workspace, out.dtype)
    x, y = arrays().ascontiguousarray(x), arrays().ascontiguousarray(y)
    launch_transposed_product(x, y, out, partial, shift=shift)
