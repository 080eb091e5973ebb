"""The Gram matrix on the device; see `backpaint.reference.gram`."""

import numpy as np

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.kernel import kernel
from ..device.launch import THREADS, device_arrays
from ..sums.products import FILE, product_defines
from .gram_launch import gram_workspace, launch_gram, launch_gram_backward


def gram_forward(x: Array, divisor: float = 1.0) -> Array:
    """Correlate every channel with every other; see `backpaint.reference.gram.gram_forward`."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    height, width, channels = x.shape
    partial = xp().empty(gram_workspace(height * width, channels), x.dtype)
    gram = xp().empty((channels, channels), x.dtype)
    launch_gram(x, gram, partial, divisor=divisor)
    return gram


def gram_backward(grad_gram: Array, x: Array, divisor: float = 1.0) -> Array:
    """Carry a gradient back to the features; see `backpaint.reference.gram.gram_backward`."""
    check_shape("grad_gram", grad_gram, (x.shape[2], x.shape[2]))
    grad_gram, x = device_arrays(grad_gram, x)
    grad_x = xp().empty(x.shape, x.dtype)
    # forward:  gram = f.T @ f / divisor
    # so:       df = f @ (grad_gram + grad_gram.T) / divisor
    launch_gram_backward(_with_transpose(grad_gram), x, grad_x, divisor=2 * divisor)
    return grad_x


def _with_transpose(matrix: Array) -> Array:
    """Compute ``matrix + matrix.T``."""
    both = xp().empty(matrix.shape, matrix.dtype)
    symmetrize = kernel(FILE, "symmetrize", **product_defines(matrix, matrix.dtype, "exact"))
    blocks = -(-matrix.size // THREADS)
    symmetrize((blocks,), (THREADS,), (matrix, both, np.int32(matrix.shape[0])))
    return both
