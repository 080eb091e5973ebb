"""Mistakes in synchronization that a GPU might forgive for years: the emulated device does not."""

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import Precision
from backpaint.gpu.convolution.tiles import TILES, Tile
from backpaint.gpu.device import device
from backpaint.gpu.device import kernel as kernel_module
from backpaint.gpu.kernels import source

from ...tolerances import used_tolerance
from .convolutions import convolve, example, expected

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("emulated")]

# The kernel, what is written there, what a mistaken author wrote.
MISTAKES: list[tuple[Precision, str, str, str]] = [
    ("exact", "conv_tiled", "__syncthreads();\n    add_slab", "add_slab"),
    ("exact", "conv_tiled", "__syncthreads();  // before", "// before"),
    ("tf32", "conv_sm80", "copy_async_wait<STAGES - 2>", "copy_async_wait<STAGES - 1>"),
    ("tf32", "conv_sm80", "__syncthreads();  ", ""),
    ("tf32", "conv_sm80", "tap < HALO_STEPS", "tap < HALO_STEPS - 1"),
    ("tf32", "conv_sm80", "chunk ^ row % CHUNKS", "chunk ^ row % 4"),  # right: only banks suffer
    ("fast", "conv_sm90", "use / Count & 1 ^ 1)", "use / Count & 1)"),
    ("fast", "conv_sm90", "images.wait(image);", ""),
    ("fast", "conv_sm90", "filters.wait(step);", ""),
    ("fast", "conv_sm90", "wgmma_wait<1>();", "wgmma_wait<2>();"),
    ("fast", "conv_sm90", "filters.release(step - 1)", "filters.release(step)"),
    ("fast", "conv_sm90", "images.release(image - 1)", "images.release(image)"),
]


def is_right(precision: Precision, tile: Tile) -> bool:
    """Convolve with several schedules."""
    x, w, b = example(6, 18, 256, tile.channels)
    exact = expected(x, w, 0 * b, "exact")
    for schedule in range(4):
        with device.emulate(schedule=schedule):
            try:
                y = convolve(x, w, precision, tile=tile)
            except RuntimeError:
                return False
        if not np.isfinite(y).all() or used_tolerance(y, exact, 1e-3) > 1:
            return False
    return True


@pytest.mark.parametrize(("precision", "kernel", "right", "wrong"), MISTAKES)
def test_is_found(precision, kernel, right, wrong, monkeypatch):
    tile = [tile for tile in TILES[precision] if tile.name == kernel][-1]
    text = source(tile.file)
    assert text.count(right) == 1
    monkeypatch.setattr(kernel_module, "_kernels", {})
    monkeypatch.setattr(kernel_module, "_modules", {})
    monkeypatch.setattr(kernel_module, "source", lambda _: text.replace(right, wrong))
    assert is_right(precision, tile) == (wrong == "chunk ^ row % 4")
