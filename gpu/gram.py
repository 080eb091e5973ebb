"""The Gram matrix on a GPU, forward and backward.

Same names, arguments and results as `reference/gram.py`, which explains them; the arrays are on the
device, float32 or float64.
"""

import numpy as np

from .device import Array, arrays, kernel
from .gram_launch import CUDA_TYPES, FILE, gram_workspace, launch_gram, launch_gram_backward


def gram_forward(x: Array, divisor: float = 1.0) -> Array:
    """Correlate every channel of a feature map with every other.

    Parameters
    ----------
    x : (H, W, C) device array of float
        Features of one layer.
    divisor : float
        As in `reference.gram.gram_forward`.

    Returns
    -------
    (C, C) device array of float
        Inner products of channels over all positions, divided by `divisor`; symmetric.
    """
    height, width, channels = x.shape
    partial = arrays().empty(gram_workspace(height * width, channels), x.dtype)
    gram = arrays().empty((channels, channels), x.dtype)
    launch_gram(arrays().ascontiguousarray(x), gram, partial, divisor=divisor)
    return gram


def gram_backward(grad_gram: Array, x: Array, divisor: float = 1.0) -> Array:
    """Carry a gradient from the Gram matrix back to the features.

    Parameters
    ----------
    grad_gram : (C, C) device array of float
        Gradient of the loss with respect to `gram_forward`'s result.
    x : (H, W, C) device array of float
        The features that `gram_forward` saw.
    divisor : float
        As in the forward pass.

    Returns
    -------
    (H, W, C) device array of float
        Gradient of the loss with respect to `x`.
    """
    # forward:  gram = f.T @ f / divisor
    # so:       df = f @ (grad_gram + grad_gram.T) / divisor
    both = _with_transpose(grad_gram)
    grad_x = arrays().empty(x.shape, x.dtype)
    launch_gram_backward(both, arrays().ascontiguousarray(x), grad_x, divisor=2 * divisor)
    return grad_x


def _with_transpose(matrix: Array) -> Array:
    channels = matrix.shape[0]
    both = arrays().empty(matrix.shape, matrix.dtype)
    real = CUDA_TYPES[str(matrix.dtype)]
    kernel(FILE, "symmetrize", REAL=real, LOADED=real, MODE="EXACT")(
        (-(-channels * channels // 256),),
        (256,),
        (arrays().ascontiguousarray(matrix), both, np.int32(channels)),
    )
    return both
