"""The Gram matrix on the device; see `backpaint.reference.gram`.

A layer's features may come in one piece, or band by band.  What is launched works on arrays that
already exist, so that a CUDA graph can record it.
"""

import numpy as np

from ...problem.stages import Size
from ...reference.arrays import check_shape
from ..device.choice import Choose, usual
from ..device.device import Array, xp
from ..device.kernel import kernel
from ..device.launch import THREADS, device_arrays
from ..sums.gram_parts import launch_gram_parts, launch_sum_and_compare
from ..sums.products import (
    FILE,
    TILE,
    TILE_THREADS,
    GramPrecision,
    launch_sum_of_parts,
    part_length,
    product_defines,
    upper_tiles,
)


def gram_forward(x: Array, divisor: float = 1.0) -> Array:
    """Correlate every channel with every other; see `backpaint.reference.gram.gram_forward`."""
    check_shape("x", x, (None, None, None))
    (x,) = device_arrays(x)
    height, width, channels = x.shape
    gram = xp().empty((channels, channels), x.dtype)
    GramSum((height, width), height, channels, x.dtype, "exact").add(x, 0, gram, 1 / divisor)
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
    divisor : float
        As in `reference.gram.gram_backward`.
    precision : {"exact", "tf32"}
        As of a `GramSum`.
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


class GramSum:
    """The Gram matrix of a layer: sums over parts of its positions, added up after the last row.

    A part ends where a band does.  Where bands are whole numbers of parts long, the matrix has the
    bits that it has without bands; elsewhere it differs from that by rounding.

    Parameters
    ----------
    size : (int, int)
        Height and width of the layer.
    rows : int
        Of a band; the height without bands.
    channels : int
    dtype : dtype
        Of the matrix.
    precision : {"exact", "tf32"}
        See `products.launch_parts`.

    Attributes
    ----------
    parts : int
        How many are added up.
    """

    def __init__(
        self,
        size: Size,
        rows: int,
        channels: int,
        dtype: np.dtype[np.floating],
        precision: GramPrecision,
    ) -> None:
        self._size, self._rows, self._precision = size, rows, precision
        self._elements = upper_tiles(channels) * TILE * TILE
        self._length, self._of_band, self.parts = _parts(size, rows, channels)
        self._partial = xp().empty(self.parts * self._elements, dtype)

    def add(self, features: Array, first_row: int, out: Array, scale: float) -> bool:
        """See a band's features; with the last band write the matrix, and return True.

        Parameters
        ----------
        features, first_row
            As of `add_band`.
        out : (C, C) device array
            ``scale * x^T x`` for all features `x` of the layer, symmetric bit for bit.
        scale : float
            1 over what the matrix is divided by, and over the square of float16 features' scale.
        """
        if not self.add_band(features, first_row):
            return False
        self.write(features, out, scale)
        return True

    def add_band(self, features: Array, first_row: int, choose: Choose = usual) -> bool:
        """See a band's features; return whether it was the last one.

        Parameters
        ----------
        features : (H, W, C) device array
            float32, float64 or float16.
        first_row : int
            Where they begin.
        choose : callable
        """
        part = first_row // self._rows * self._of_band
        partial_sums = self._partial[part * self._elements :]
        launch_gram_parts(features, partial_sums, self._length, self._precision, choose)
        return first_row + len(features) >= self._size[0]

    def write(self, features: Array, out: Array, scale: float) -> None:
        """Write the matrix of all bands; `features` tell the type. See `add`."""
        launch_sum_of_parts(
            features,
            self._partial,
            self.parts,
            out,
            scale=scale,
            precision=self._precision,
            symmetric=True,
        )

    def write_and_compare(
        self,
        features: Array,
        out: Array,
        scale: float,
        *,
        target: Array,
        grad_out: Array,
        factor: float,
        squares: Array,
        square_sum: Array,
    ) -> None:
        """Write the matrix, its distance from a target, and the gradient, at once.

        The arguments are those of `add` and of `gram_parts.launch_sum_and_compare`.
        """
        launch_sum_and_compare(
            features,
            self._partial,
            self.parts,
            out,
            scale=scale,
            precision=self._precision,
            target=target,
            grad_out=grad_out,
            factor=factor,
            squares=squares,
            square_sum=square_sum,
        )


def gram_workspace(size: Size, rows: int, channels: int) -> int:
    """Count the numbers that a `GramSum` keeps."""
    return _parts(size, rows, channels)[2] * upper_tiles(channels) * TILE * TILE


def _parts(size: Size, rows: int, channels: int) -> tuple[int, int, int]:
    """Return the positions of a part, the parts of a band, and of all bands."""
    height, width = size
    length = part_length(height * width, upper_tiles(channels))
    of_band = -(-rows * width // length)
    whole_bands, rest = divmod(height, rows)
    return length, of_band, whole_bands * of_band + -(-rest * width // length)
