"""Filters in the order and the number format that a convolution kernel wants.

Read after `reference/conv.py`; `launch.py` launches the kernels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..device.device import to_device, xp

Precision = Literal["exact", "split", "tf32", "fast"]
"""How products are computed; sums are always float32 (float64 for float64 arrays).

``exact``
    float32 or float64 arrays, plain multiplications (`kernels/conv_2_tiled.cu`).
``split``
    float32 arrays on tensor cores: each number is the sum of two float16 numbers, and three of the
    four products are kept.  As accurate as float32, within the range that `launch_conv` explains.
``tf32``
    float32 arrays on tensor cores, operands rounded to 11 significant bits.
``fast``
    float16 arrays on tensor cores.
"""

LARGEST_EXPONENT = 14
"""Scaled filters lie below 2^15: float16 ends at 65504, and its full precision at 2^-14."""

SPLIT_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
"""Where a lane's two registers of four floats come to lie as neighbors; see `conv_sm80.cu`."""


@dataclass(frozen=True, eq=False)
class Filters:
    """Filters as one of the kernels reads them.

    Attributes
    ----------
    values : device array
        (9, C, K) for ``exact``; (9, K, C) for the others, whose products run along C.
    channels_in, channels_out : int
        C and K as the kernel sees them: exchanged, if the filters are turned.
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
    scale: float = 1.0


def prepare_filters(w: Any, precision: Precision, *, turned: bool = False) -> Filters:
    """Bring filters into the order and the number format of one precision's kernels.

    Parameters
    ----------
    w : (3, 3, C, K) ndarray of float32 or float64
        Filters, on the host or the device.  For every precision but ``exact``, C and K must be
        multiples of 64.
    precision : {"exact", "split", "tf32", "fast"}
        Which kernels will read them.
    turned : bool
        False for the forward pass.  True for the input gradient: turned by 180 degrees and with
        the channel axes exchanged, as `reference.conv.conv_backward_input` derives.

    Returns
    -------
    Filters
        For `launch_conv`.

    Raises
    ------
    ValueError
        If the shape does not fit.
    """
    if w.ndim != 4 or w.shape[:2] != (3, 3):
        raise ValueError(f"w has the shape {w.shape}, expected (3, 3, C, K)")
    if turned:
        w = w[::-1, ::-1].transpose(0, 1, 3, 2)
    channels_in, channels_out = w.shape[2:]
    if precision == "exact":
        values = xp().ascontiguousarray(xp().asarray(w)).reshape(9, channels_in, channels_out)
        return Filters(values, channels_in, channels_out, precision)
    if channels_in % 64 or channels_out % 64:
        raise ValueError(f"w has the shape {w.shape}; tensor cores want multiples of 64 channels")
    host = np.asarray(xp().asnumpy(w), np.float64).reshape(9, channels_in, channels_out)
    host = host.transpose(0, 2, 1)  # (9, K, C)
    scale = 1.0 if precision == "tf32" else _scale_for_half(host)
    values = to_device(_FORMATS[precision](host * scale))
    return Filters(values, channels_in, channels_out, precision, scale)


def round_to_tf32(values: NDArray[Any]) -> NDArray[np.float32]:
    """Round to the 11 significant bits that a tensor core keeps of a float32, ties away from 0."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + np.uint32(0x1000)) & np.uint32(0xFFFFE000)).view(np.float32)


def split_in_halves(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Cut numbers into two float16 each: rows of 32 high pieces and then their 32 low pieces.

    Parameters
    ----------
    values : (9, K, C) ndarray of float64
        Below 65504.

    Returns
    -------
    (9, K, C) ndarray of float32
        Bytes of float16 in truth: two pieces take the place of one number.
    """
    high = values.astype(np.float16)
    low = (values - high).astype(np.float16)
    order = np.concatenate([np.add(SPLIT_ORDER, start) for start in range(0, 32, 8)])
    pieces = [part.reshape(*values.shape[:2], -1, 32)[..., order] for part in (high, low)]
    rows = np.stack(pieces, axis=3)  # (9, K, C / 32, 2, 32)
    return rows.reshape(*values.shape[:2], -1).view(np.float32)


def _scale_for_half(values: NDArray[np.float64]) -> float:
    """Choose the power of two that brings the largest value just below 2^15."""
    largest = float(np.abs(values).max())
    if not 0 < largest < np.inf:
        return 1.0
    return float(2.0 ** (LARGEST_EXPONENT - np.floor(np.log2(largest))))


def _round_to_half(values: NDArray[np.float64]) -> NDArray[np.float16]:
    return values.astype(np.float16)


_FORMATS: dict[str, Callable[[NDArray[np.float64]], NDArray[Any]]] = {
    "split": split_in_halves,
    "tf32": round_to_tf32,
    "fast": _round_to_half,
}
