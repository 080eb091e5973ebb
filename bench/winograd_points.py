"""How much the points of Winograd's transforms matter: rounding errors in float32.

    python bench/winograd_points.py

A convolution of random features (48 x 48, 256 channels to 256) by random filters, forward and with
respect to its input, with transforms and products in float32, against float64: the root mean square
of the error over that of the result.  The table goes to bench/results/winograd_points.md.
"""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backpaint.cpu.convolution.winograd import POINTS, cook_toom
from backpaint.reference.conv import conv_backward_input, conv_forward

RESULTS = Path(__file__).parent / "results" / "winograd_points.md"
SIDE, CHANNELS = 48, 256
CHOICES = {
    "F(2x2): 0, ±1": (0, 1, -1),
    "0, ±1, ±2 (textbook)": (0, 1, -1, 2, -2),
    "0, ±1, 1/2, -2": (0, 1, -1, 0.5, -2),
    "0, ±2/3, ±3/2 (ours)": POINTS,
    "F(6x6): 0, ±1, ±1/2, ±2": (0, 1, -1, 0.5, -0.5, 2, -2),
    "F(6x6): 0, ±1/2, ±1, ±3/2": (0, 0.5, -0.5, 1, -1, 1.5, -1.5),
}

Array = NDArray[np.floating]


def transforms(points: tuple[float, ...], turned: bool) -> tuple[Array, Array, Array]:
    """Build the three matrices; for turned tiles, as the engine does."""
    b_t, g, a_t = (np.array(matrix, np.float64) for matrix in cook_toom(exact(points)))
    if turned:
        b_t, a_t = b_t[:, ::-1], a_t[::-1]
    return b_t.astype(np.float32), g, a_t.astype(np.float32)


def exact(points: tuple[float, ...]) -> list[Fraction]:
    """Turn numbers into fractions."""
    return [Fraction(point) for point in points]


def convolve(x: Array, w: Array, points: tuple[float, ...], *, turned: bool) -> Array:
    """Convolve (H, W, C) by (3, 3, C, K) in float32, upright or turned."""
    b_t, g, a_t = transforms(points, turned)
    tile, window = a_t.shape
    side = x.shape[0] // tile
    framed = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    windows = sliding_window_view(framed, (window, window), axis=(0, 1))[::tile, ::tile]
    inputs = (b_t @ windows @ b_t.T).reshape(side**2, -1, window**2).transpose(2, 0, 1)
    filters = (g @ w.transpose(2, 3, 0, 1).astype(np.float64) @ g.T).astype(np.float32)
    filters = filters.reshape(*w.shape[2:], window**2).transpose(2, 0, 1)
    products = (inputs @ filters).transpose(1, 2, 0).reshape(side, side, -1, window, window)
    outputs = a_t @ products @ a_t.T
    return outputs.transpose(0, 3, 1, 4, 2).reshape(side * tile, side * tile, -1)


def error(result: Array, expected: Array) -> float:
    """Compare root mean squares."""
    return float(np.sqrt(np.mean((result - expected) ** 2) / np.mean(expected**2)))


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((SIDE, SIDE, CHANNELS), np.float32)
    w = rng.standard_normal((3, 3, CHANNELS, CHANNELS), np.float32)
    y = conv_forward(x.astype(np.float64), w.astype(np.float64), np.zeros(CHANNELS))
    grad_x = conv_backward_input(x.astype(np.float64), w.astype(np.float64))
    lines = [
        "# Points for Winograd's transforms",
        "",
        "Root mean square error over that of the result, float32: "
        "`python bench/winograd_points.py`.",
        "",
        "| points | forward | backward |",
        "|---|---|---|",
    ]
    for name, points in CHOICES.items():
        forward = error(convolve(x, w, points, turned=False), y)
        exchanged = w.transpose(0, 1, 3, 2)
        backward = error(convolve(x, exchanged, points, turned=True), grad_x)
        lines.append(f"| {name} | {forward:.1e} | {backward:.1e} |")
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
