"""The Gram matrix on the device; see `backpaint.reference.gram`.

The launchers work on arrays that already exist, so that a CUDA graph can record them.  For a layer
whose features come band by band there is `gram_sum.py`.
"""

import numpy as np

from ...reference.arrays import check_shape
from ..device.device import Array, xp
from ..device.kernel import kernel
from ..device.launch import THREADS, device_arrays
from ..sums.products import (
    FILE,
    TILE,
    TILE_THREADS,
    GramPrecision,
    launch_transposed_product,
    parts_of,
    product_defines,
    upper_tiles,
)


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
    both = _with_transpose(grad_gram)
    launch_gram_backward(both, x, grad_x, divisor=2 * divisor)  # which doubles what it is given
    return grad_x


def _with_transpose(matrix: Array) -> Array:
    """Compute ``matrix + matrix.T``."""
    both = xp().empty(matrix.shape, matrix.dtype)
    symmetrize = kernel(FILE, "symmetrize", **product_defines(matrix, matrix.dtype, "exact"))
    blocks = -(-matrix.size // THREADS)
    symmetrize((blocks,), (THREADS,), (matrix, both, np.int32(matrix.shape[0])))
    return both


def launch_gram(
    x: Array,
    out: Array,
    partial: Array,
    *,
    divisor: float = 1.0,
    precision: GramPrecision = "exact",
    scale: float = 1.0,
) -> None:
    """Compute the Gram matrix: out = scale * x^T x / divisor.

    Parameters
    ----------
    x : (H, W, C) device array
        float32, float64 or float16.
    out : (C, C) device array
        Written: float32 (float64 for float64 `x`), symmetric bit for bit.
    partial : (gram_workspace(H * W, C),) device array
        The dtype of `out`; its contents before and after mean nothing.
    divisor : float
        As in `reference.gram.gram_forward`.
    precision : {"exact", "tf32"}
        See `products.launch_transposed_product`.
    scale : float
        1 / (the scale of float16 features)^2.
    """
    launch_transposed_product(
        x, x, out, partial, scale=scale / divisor, precision=precision, symmetric=True
    )


def launch_gram_backward(
    grad_gram: Array,
    x: Array,
    out: Array,
    *,
    divisor: float = 1.0,
    precision: GramPrecision = "exact",
    scale: float = 1.0,
    accumulate: bool = False,
) -> None:
    """Carry a symmetric gradient from the Gram matrix to the features: scale * 2 x R / divisor.

    Parameters
    ----------
    grad_gram : (C, C) device array
        R, float32 (float64 for float64 `x`).  It must be symmetric, as that of the style loss is;
        `gram_backward` takes any, and makes it so first.
    x : (H, W, C) device array
        float32, float64 or float16.
    out : (H, W, C) device array
        Written; the dtype of `x`.
    divisor, precision
        As in `launch_gram`.
    scale : float
        The scale of a float16 `out` over the scale of `x`.
    accumulate : bool
        Whether the result is added to what `out` holds.
    """
    channels = x.shape[2]
    positions = x.size // channels
    real = np.dtype(grad_gram.dtype)
    kernel(FILE, "product_with_matrix", **product_defines(x, real, precision))(
        (-(-positions // TILE), -(-channels // TILE)),
        (TILE_THREADS,),
        (
            *(x, grad_gram, out),
            np.int64(positions),
            np.int32(channels),
            real.type(2 * scale / divisor),
            np.int32(accumulate),
        ),
    )


def gram_workspace(positions: int, channels: int) -> int:
    """Return how many numbers `launch_gram` needs to keep its partial sums.

    Parameters
    ----------
    positions : int
        N = H * W.
    channels : int
        C.

    Returns
    -------
    int
        The size of `partial`.
    """
    parts, _ = parts_of(positions, upper_tiles(channels))
    return parts * upper_tiles(channels) * TILE * TILE
