"""Launch the convolution kernels on arrays that already exist: what the engine is made of.

Nothing here allocates on the device except `prepare_filters`, so that everything else can be captured
in a CUDA graph.  `conv.py` has the same operation under the names of `reference/`.
"""

from dataclasses import dataclass
from typing import Any, Literal

Precision = Literal["exact", "split", "tf32", "fast"]
"""How products are computed; sums are always float32 (float64 for float64 arrays).

``exact``
    float32 or float64 arrays, plain multiplications (`kernels/conv_2_tiled.cu`).
``split``
    float32 arrays on tensor cores: each number is a sum of two float16 numbers, and three of the
    four products are kept.  As accurate as float32, within the range that `input_scale` explains.
``tf32``
    float32 arrays on tensor cores, operands rounded to 11 significant bits.
``fast``
    float16 arrays on tensor cores.
"""


@dataclass(frozen=True)
class Filters:
    """Filters in the order in which a kernel reads them.

    Attributes
    ----------
    values : device array
        The order of its axes is the kernel's secret.
    channels_in, channels_out : int
        As the kernel sees them: exchanged, if the filters are turned.
    precision : Precision
        The mode that they were prepared for.
    scale : float
        A power of two that `values` are multiplied by, so that float16 can hold them; `launch_conv`
        divides by it.
    """

    values: Any
    channels_in: int
    channels_out: int
    precision: Precision
    scale: float


def prepare_filters(w: Any, precision: Precision, *, turned: bool = False) -> Filters:
    """Bring filters into the order and the number format of one precision's kernel.

    Parameters
    ----------
    w : (3, 3, C, K) ndarray of float32 or float64
        Filters, on the host or the device.  For every precision but ``exact``, C and K must be
        multiples of 64.
    precision : {"exact", "split", "tf32", "fast"}
        Which kernel will read them.
    turned : bool
        False for the forward pass.  True for the input gradient: turned by 180 degrees and with the
        channel axes exchanged, as `reference.conv.conv_backward_input` derives.

    Returns
    -------
    Filters
        For `launch_conv`.
    """
    raise NotImplementedError


def launch_conv(
    x: Any,
    filters: Filters,
    out: Any,
    *,
    bias: Any = None,
    add: Any = None,
    relu: bool = False,
    positive: Any = None,
    mask: Any = None,
    scale: float = 1.0,
    input_scale: float = 1.0,
) -> None:
    """Convolve, and do to each sum what the next step needs before it is stored.

    In this order, each step only if asked for::

        y = scale * conv(x, filters) + bias
        y = y + add
        y = max(y, 0)             and positive = (y > 0), one bit each       (relu)
        y = y where mask is set, 0 elsewhere                                 (mask)
        out = y

    A forward layer uses `bias`, `relu` and `positive`.  The gradient's way back uses turned filters,
    `mask` (the bits that the layer below stored in `positive`) and, where a loss looks at the layer
    below after its ReLU, `add` (that loss's own gradient, which may be in `out` already: ``add=out``
    is allowed).  A loss that looks before the ReLU adds its gradient to `out` afterwards.

    Parameters
    ----------
    x : (H, W, C) device array
        Features or an incoming gradient: float32 (``exact``, ``split``, ``tf32``), float64
        (``exact``) or float16 (``fast``).
    filters : Filters
        From `prepare_filters`; they decide the precision.
    out : (H, W, K) device array
        Written; the dtype of `x`.  Must not overlap `x`.
    bias : (K,) device array, optional
        float32, or float64 with float64 `x`.
    add : (H, W, K) device array, optional
        The dtype of `out`; may be `out` itself.
    relu : bool
        Whether negative results become 0.
    positive : (H, W, K / 8) device array of uint8, optional
        Written: bit ``k % 8`` of byte ``k // 8`` tells whether ``out[i, j, k] > 0``.  K must be a
        multiple of 8.
    mask : (H, W, K / 8) device array of uint8, optional
        Bits as in `positive`.
    scale : float
        For scaled float16 features: the output's scale over the input's.  `bias` and `add` are
        expected in the output's scale.
    input_scale : float
        For ``split`` alone: a power of two that `x` is multiplied by before it is cut into float16
        pieces (and divided by in the end).  ``max|input_scale * x|`` must stay below 65504; numbers
        below 2^-38 of that lose relative accuracy.

    Raises
    ------
    ValueError
        If shapes, dtypes or channels do not fit the filters.
    """
    raise NotImplementedError


def launch_picture_conv(
    picture: Any,
    w: Any,
    out: Any,
    *,
    bias: Any,
    relu: bool = True,
    positive: Any = None,
    scale: float = 1.0,
) -> None:
    """Compute the network's first convolution, which has 3 channels in.

    Parameters
    ----------
    picture : (H, W, 3) device array
        float32, or float64.
    w : (3, 3, 3, K) device array
        As in `reference.conv.conv_forward`, with the dtype of `picture`; K a multiple of 64.
    out : (H, W, K) device array
        Written: the dtype of `picture`, or float16.
    bias : (K,) device array
        The dtype of `picture`.
    relu, positive, scale
        As in `launch_conv`.
    """
    raise NotImplementedError


def launch_picture_conv_backward(grad_y: Any, w: Any, out: Any, *, scale: float = 1.0) -> None:
    """Carry the gradient of the first convolution to the picture.

    Parameters
    ----------
    grad_y : (H, W, K) device array
        Incoming gradient: the dtype of `out`, or float16.
    w : (3, 3, 3, K) device array
        The filters as in the forward pass, with the dtype of `out`.
    out : (H, W, 3) device array
        Written: float32, or float64.
    scale : float
        The result is multiplied by it (one over the gradient's scale, for scaled float16).
    """
    raise NotImplementedError
