"""Mistakes in synchronization that a GPU might forgive for years: the emulated device does not."""

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import Precision
from backpaint.gpu.convolution.tiles import TILES, TRIALS, Tile
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


MEETING = "if constexpr (CLUSTER > 1) cluster_{}();"
ALL_BLOCKS = "(1 << CLUSTER) - 1"
AT_BOTH = (
    "if (threadIdx.x % GROUP < Blocks) bar_arrive_at(empty + use % Count, threadIdx.x % GROUP);"
)
AT_ITS_OWN = "if (threadIdx.x % GROUP == 0) bar_arrive(empty + use % Count);  // alone"

# What is written where blocks of a cluster share images, what a mistaken author wrote.
CLUSTER_MISTAKES: dict[str, dict[str, str]] = {
    "none": {},
    "its own block frees a buffer": {AT_BOTH: AT_ITS_OWN, "CONSUMERS * Blocks": "CONSUMERS"},
    "any two groups free a buffer": {"CONSUMERS * Blocks": "CONSUMERS"},
    "copies to its own block": {ALL_BLOCKS: "1 << part"},
    "copies to the other block": {ALL_BLOCKS: "2 >> part"},
    "copies to the first block": {ALL_BLOCKS: "1"},
    "expects its own half": {"full + use % Count, Bytes)": "full + use % Count, Bytes / Blocks)"},
    "no fence after its barriers": {"    bar_init_fence();\n": ""},
    "no first meeting": {"if constexpr (CLUSTER > 1) {  //": "if (false) {  //"},
    "no last meeting": {MEETING.format("arrive"): "", MEETING.format("wait"): ""},
    "meets before its last release": {
        MEETING.format("arrive"): "",
        "  consume(sums,": "  cluster_arrive();\n  consume(sums,",
    },
}


def is_right(precision: Precision, tile: Tile) -> bool:
    """Convolve with several schedules."""
    x, w, b = example(6 if tile.cluster == 1 else 14, 18, 256, tile.whole_channels)
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


def is_right_with(
    changes: dict[str, str], precision: Precision, tile: Tile, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Convolve with a kernel in which some words are others."""
    text = source(tile.file)
    for right, wrong in changes.items():
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    monkeypatch.setattr(kernel_module, "_kernels", {})
    monkeypatch.setattr(kernel_module, "_modules", {})
    monkeypatch.setattr(kernel_module, "source", lambda _: text)
    return is_right(precision, tile)


@pytest.mark.parametrize(("precision", "kernel", "right", "wrong"), MISTAKES)
def test_is_found(precision, kernel, right, wrong, monkeypatch):
    tile = [tile for tile in TILES[precision] if tile.name == kernel][-1]
    found = not is_right_with({right: wrong}, precision, tile, monkeypatch)
    assert found == (wrong != "chunk ^ row % 4")


@pytest.mark.parametrize("mistake", CLUSTER_MISTAKES)
def test_is_found_between_two_blocks(mistake, monkeypatch):
    tile = [tile for tile in TRIALS["fast"] if tile.variant == "in clusters"][-1]
    found = not is_right_with(CLUSTER_MISTAKES[mistake], "fast", tile, monkeypatch)
    assert found == (mistake != "none")
