"""Where a painting's comb comes from: a plain picture painted in several ways, and its spectrum.

    python bench/comb.py [--style NAME] [--size 128] [--iterations 100] [--pictures FOLDER]
        [--ways NAME...]

The photograph is a plain slope of gray, so whatever stands on the painting is of the style.  Each
row is a way to paint it.  The columns say how the energy of what was added, light and dark alone,
is shared out among wavelengths in pixels; then how much of it repeats with the grids of the pools,
every 2 and every 8 pixels.  Prints Markdown.
"""

import argparse
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import backpaint
from backpaint.examples import example_path

Floats = NDArray[np.float64]
EDGES = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0)
"""Of the bands of wavelengths, in pixels; the first begins at the shortest there is, the diagonal
of two pixels."""
LUMA = np.array([0.299, 0.587, 0.114])
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
NONE, ALL = dict.fromkeys(LAYERS, 0.0), dict.fromkeys(LAYERS, 0.2)
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "gatys": ("gatys", {}),
    "relu4_1 alone": ("gatys", {"style.layers": NONE | {"relu4_1": 0.2}}),
    "without relu4_1": ("gatys", {"style.layers": ALL | {"relu4_1": 0.0}}),
    "max pooling": ("gatys", {"network.pool": "max"}),
    "four times as long": ("gatys", {"optimizer.iterations": 4}),
    "backpaint, one size": ("backpaint", {"scales": None}),
}
"""Presets and what differs from them; iterations in multiples of the usual."""


def plain_picture(size: int) -> NDArray[np.uint8]:
    """Draw a slope from dark to light gray."""
    across, down = np.meshgrid(np.linspace(80, 140, size), np.linspace(0, 40, size))
    return np.rint(np.repeat((across + down)[..., None], 3, axis=2)).astype(np.uint8)


def band_shares(added: Floats) -> Floats:
    """Compute the share of the energy in each band of wavelengths, and beyond the last."""
    height, width = added.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    energy = np.abs(np.fft.fft2((added - added.mean()) * window)) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij"))
    energy[0, 0] = 0.0
    limits = np.array([np.inf, *(1 / edge for edge in EDGES[1:]), 0.0])
    parts = [
        energy[(frequency <= high) & (frequency > low)].sum() for high, low in pairwise(limits)
    ]
    shares: Floats = np.array(parts) / energy.sum()
    return shares


def grid_share(added: Floats, period: int) -> float:
    """Compute how much of the energy is the same in every square of `period` pixels."""
    rows, columns = (length - length % period for length in added.shape)
    inner = added[:rows, :columns] - added[:rows, :columns].mean()
    cells = inner.reshape(rows // period, period, columns // period, period)
    return float(np.mean(cells.mean(axis=(0, 2)) ** 2) / np.mean(inner**2))


def row(name: str, added: Floats, seconds: float) -> str:
    """Write a row of the table."""
    shares = " | ".join(f"{100 * share:.0f}" for share in band_shares(added))
    grids = " | ".join(f"{100 * grid_share(added, period):.1f}" for period in (2, 8))
    return f"| {name} | {added.std():.1f} | {shares} | {grids} | {seconds:.0f} |"


def main() -> None:
    """Paint the plain picture in all ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--style", default="swirls")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--ways", nargs="+", default=[*WAYS], choices=[*WAYS], metavar="NAME")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    names = [f"{low:g} to {high:g}" for low, high in pairwise(EDGES)]
    heads = ["", "deviation", *names, f"above {EDGES[-1]:g}", "grid of 2", "of 8", "seconds"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    plain = plain_picture(options.size)
    for name in options.ways:
        preset, changes = WAYS[name]
        times = changes.get("optimizer.iterations", 1)
        changed = changes | {"optimizer.iterations": times * options.iterations}
        begin = time.process_time()
        made = backpaint.paint(
            plain, example_path(options.style), preset=preset, size=options.size, changes=changed
        )
        added = (made.pixels - plain) @ LUMA
        print(row(name, added, time.process_time() - begin), flush=True)
        if options.pictures is not None:
            options.pictures.mkdir(parents=True, exist_ok=True)
            Image.fromarray(made.image).save(options.pictures / f"{name}.png")


if __name__ == "__main__":
    main()
