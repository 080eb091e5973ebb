"""Convolutions on the device from NumPy arrays to NumPy arrays, for the tests of the kernels."""

from typing import Any

import numpy as np

from backpaint.gpu.convolution.filters import Precision, prepare_filters, round_to_tf32
from backpaint.gpu.convolution.launch import launch_conv
from backpaint.gpu.convolution.tiles import Tile
from backpaint.gpu.device.device import to_host, xp
from backpaint.reference.conv import conv_forward

Array = np.ndarray[Any, Any]

STORED = {"exact": np.float32, "split": np.float32, "tf32": np.float32, "fast": np.float16}
INPUT_SCALE = {"split": 4096.0}


def example(height: int, width: int, channels_in: int, channels_out: int, seed: int = 0) -> Any:
    """Make features, filters and biases of the usual sizes."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((height, width, channels_in)).astype(np.float32)
    w = rng.standard_normal((3, 3, channels_in, channels_out)) / np.sqrt(9 * channels_in)
    return x, w.astype(np.float32), rng.standard_normal(channels_out).astype(np.float32)


def bits(flags: Array) -> Array:
    """Pack truth values along the channels as the kernels do."""
    return np.packbits(flags, axis=-1, bitorder="little")


def convolve(
    x: Array,
    w: Array,
    precision: Precision,
    *,
    turned: bool = False,
    tile: Tile | None = None,
    add: Array | None = None,
    in_place: bool = False,
    **options: Any,
) -> Array:
    """Launch a convolution; arrays among the options go to the device."""
    filters = prepare_filters(w, precision, turned=turned)
    stored = np.float64 if x.dtype == np.float64 else STORED[precision]
    out = xp().empty((*x.shape[:2], filters.channels_out), stored)
    if add is not None:
        options["add"] = xp().asarray(add.astype(stored))
        if in_place:
            out = options["add"]
    options.setdefault("input_scale", INPUT_SCALE.get(precision, 1.0))
    sent = {
        name: xp().asarray(value) if isinstance(value, np.ndarray) else value
        for name, value in options.items()
    }
    launch_conv(xp().asarray(x.astype(stored)), filters, out, tile=tile, **sent)
    return np.asarray(to_host(out))


def rounded(values: Array, precision: Precision, *, cut: bool = False) -> Array:
    """Round an operand as a kernel does, in float64."""
    if precision == "tf32" and cut:  # Hopper's tensor cores drop the lower bits of what they read
        bits = values.astype(np.float32).view(np.uint32) & np.uint32(0xFFFFE000)
        return bits.view(np.float32).astype(np.float64)
    if precision == "tf32":
        return round_to_tf32(values).astype(np.float64)
    if precision == "fast":
        return values.astype(np.float16).astype(np.float64)
    return values.astype(np.float64)


def expected(x: Array, w: Array, b: Array, precision: Precision, *, cut: bool = False) -> Array:
    """Convolve operands, rounded as by the kernel, in float64."""
    scale = 2.0**16  # as float16 filters are scaled, so that small ones lose nothing
    filters = rounded(w * scale, precision) / scale
    return conv_forward(rounded(x, precision, cut=cut), filters, b.astype(np.float64))
