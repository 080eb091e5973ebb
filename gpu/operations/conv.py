"""3x3 convolution on the device; see `backpaint.reference.conv`.

Any size and any number of channels, float32 or float64.  What the engine launches, in other number
formats and with more done in one step, is in `convolution/launch.py`.
"""

from ...reference.arrays import check_shape
from ..convolution.filters import prepare_filters
from ..convolution.launch import launch_conv
from ..device.device import Array, xp
from ..device.launch import device_arrays
from ..sums.products import launch_transposed_product, product_workspace


def conv_forward(x: Array, w: Array, b: Array) -> Array:
    """Slide 3x3 filters over a feature map; see `backpaint.reference.conv.conv_forward`."""
    check_shape("w", w, (3, 3, None, None))
    check_shape("x", x, (None, None, w.shape[2]))
    check_shape("b", b, (w.shape[3],))
    x, w, b = device_arrays(x, w, b)
    y = xp().empty((*x.shape[:2], w.shape[3]), x.dtype)
    launch_conv(x, prepare_filters(w, "exact"), y, bias=b)
    return y


def conv_backward_input(grad_y: Array, w: Array) -> Array:
    """Carry a gradient back to the input; see `backpaint.reference.conv.conv_backward_input`.

    It is a convolution with turned filters, by the same kernel.
    """
    check_shape("w", w, (3, 3, None, None))
    check_shape("grad_y", grad_y, (None, None, w.shape[3]))
    grad_y, w = device_arrays(grad_y, w)
    grad_x = xp().empty((*grad_y.shape[:2], w.shape[2]), grad_y.dtype)
    launch_conv(grad_y, prepare_filters(w, "exact", turned=True), grad_x)
    return grad_x


def conv_backward_weights(grad_y: Array, x: Array) -> Array:
    """Carry a gradient back to the filters; see `backpaint.reference.conv.conv_backward_weights`.

    It is nine Gram-like products, of the features shifted by each tap with the gradient.
    """
    check_shape("grad_y", grad_y, (*x.shape[:2], None))
    grad_y, x = device_arrays(grad_y, x)
    grad_w = xp().empty((3, 3, x.shape[2], grad_y.shape[2]), x.dtype)
    for i in range(3):
        for j in range(3):
            # forward:  y += shift(x, i, j) @ w[i, j]
            # so:       dw[i, j] = shift(x, i, j).T @ dy
            _multiply_transposed(x, grad_y, grad_w[i, j], (i - 1, j - 1))
    return grad_w


def conv_backward_bias(grad_y: Array) -> Array:
    """Carry a gradient back to the bias; see `backpaint.reference.conv.conv_backward_bias`."""
    check_shape("grad_y", grad_y, (None, None, None))
    (grad_y,) = device_arrays(grad_y)
    # forward:  y += b, which is ones @ b at all positions
    # so:       db = ones.T @ dy
    ones = xp().empty((*grad_y.shape[:2], 1), grad_y.dtype)
    ones.fill(1)
    grad_b = xp().empty((1, grad_y.shape[2]), grad_y.dtype)
    _multiply_transposed(ones, grad_y, grad_b, (0, 0))
    return grad_b[0]


def _multiply_transposed(x: Array, y: Array, out: Array, shift: tuple[int, int]) -> None:
    height, width, channels = x.shape
    workspace = product_workspace(height * width, channels, y.shape[2])
    launch_transposed_product(x, y, out, xp().empty(workspace, out.dtype), shift=shift)
