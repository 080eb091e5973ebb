"""Count the work of VGG-19 on an H200, rung by rung, and write the tables of `convolution.md`.

Run as ``python docs/gpu/convolution_tables.py``; registers are counted where NVRTC is installed.
Nothing here was measured: times are what the assumptions of `RUNGS` and `H200` lead to.
"""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from backpaint.gpu.convolution.filters import Precision
from backpaint.gpu.convolution.tiles import TILES, Tile, busy_tile
from backpaint.gpu.kernels import source
from backpaint.vgg import Layer, layer_table

HERE = Path(__file__).parent
PAGE = HERE / "convolution.md"
SIZE, DEEPEST = 512, "conv5_1"

PROCESSORS, DRAM, L2, LAUNCH = 132, 4.3e12, 5.5e12, 2e-6
"""Of an H200: multiprocessors; bytes a second, measured copy and assumed; seconds a launch."""

REGISTERS, THREADS, BLOCKS, SHARED = 65536, 2048, 32, 228 << 10
"""Of one multiprocessor; a block's shared memory takes 1 KiB more than it asks for."""


@dataclass(frozen=True)
class Rung:
    """A kernel, and what it is assumed to reach.

    Attributes
    ----------
    name : str
    tiles : tuple of Tile
        Empty for the naive kernel, which has no tiles.
    peak : float
        Products of the hardware in its number format, FLOP/s, of which it makes use.
    part : float
        How much of the peak the inner loop reaches, at best.
    stored : int
        Bytes of a number in memory.
    warps : int
        A multiprocessor needs to be busy.
    """

    name: str
    tiles: tuple[Tile, ...]
    peak: float
    part: float
    stored: int
    warps: int = 8


def named(precision: Precision, kernel: str) -> tuple[Tile, ...]:
    """List one kernel's tiles."""
    return tuple(tile for tile in TILES[precision] if tile.name == kernel)


RUNGS = (
    Rung("1 naive, float32", (), 67e12, 1 / 8, 4),
    Rung("2 tiled, float32 (`exact`)", TILES["exact"], 67e12, 0.6, 4),
    Rung("3 sm80, three float16 products (`split`)", TILES["split"], 790e12 / 3, 0.4, 4),
    Rung("3 sm80, TF32", named("tf32", "conv_sm80"), 495e12, 0.5, 4),
    Rung("3 sm80, float16", named("fast", "conv_sm80"), 790e12, 0.5, 2),
    Rung("4 sm90, TF32 (`tf32`)", named("tf32", "conv_sm90"), 495e12, 0.75, 4),
    Rung("4 sm90, float16 (`fast`)", named("fast", "conv_sm90"), 790e12, 0.75, 2),
)


@dataclass(frozen=True)
class Pass:
    """One convolution: a layer forward or backward."""

    layer: Layer
    channels_in: int
    channels_out: int

    @property
    def side(self) -> int:
        """Height and width in pixels."""
        return SIZE // self.layer.stride

    @property
    def flops(self) -> float:
        """Multiplications and additions."""
        return 2.0 * self.side**2 * 9 * self.channels_in * self.channels_out

    def memory_bytes(self, stored: int) -> float:
        """Count what must be read and written at least once."""
        filters = 9 * self.channels_in * self.channels_out
        return stored * (self.side**2 * (self.channels_in + self.channels_out) + filters)


def passes() -> list[Pass]:
    """List all convolutions of an evaluation but the picture's own, forward and backward."""
    layers = [layer for layer in layer_table(19) if layer.kind == "conv"]
    names = [layer.name for layer in layers]
    found = []
    for layer in layers[1 : names.index(DEEPEST) + 1]:
        found.append(Pass(layer, layer.channels_in, layer.channels_out))
        found.append(Pass(layer, layer.channels_out, layer.channels_in))
    return found


def tile_of(rung: Rung, work: Pass) -> Tile:
    """Choose a tile as on the device."""
    fitting = [tile for tile in rung.tiles if work.channels_out % tile.channels == 0]
    return busy_tile(fitting, work.side, work.side, work.channels_out, PROCESSORS)


def fetched_rows(tile: Tile) -> int:
    """Count the pixels and filters of a slab that a block fetches, for itself or its cluster."""
    halo = (tile.rows + 2) // tile.cluster * (3 * 16 if tile.hopper else 18)
    return halo + 9 * tile.channels


def seconds(rung: Rung, work: Pass) -> tuple[float, str]:
    """Predict the time of one convolution, and what takes it."""
    memory = work.memory_bytes(rung.stored) / DRAM
    if not rung.tiles:
        return max((work.flops / (rung.peak * rung.part), "arithmetic"), (memory, "memory"))
    tile = tile_of(rung, work)
    across_image, across_channels = tile.grid(work.side, work.side, work.channels_out)
    share = across_image * across_channels / PROCESSORS
    warps = share * tile.threads / 32
    busy = share / -(-share // 1) * min(1.0, warps / rung.warps)
    return max(
        (work.flops / (rung.peak * rung.part * busy), "arithmetic"),
        (cache_bytes(rung, work) / L2, "cache"),
        (memory, "memory"),
    )


def rung_rows() -> str:
    """Compare the rungs over a whole evaluation."""
    work = passes()
    rows = [
        "| kernel | floor, arithmetic | floor, memory | bytes from cache | predicted |",
        "|---|---:|---:|---:|---:|",
    ]
    for rung in RUNGS:
        arithmetic = sum(item.flops for item in work) / rung.peak
        memory = sum(item.memory_bytes(rung.stored) for item in work) / DRAM
        total = sum(seconds(rung, item)[0] + LAUNCH for item in work)
        cached = sum(cache_bytes(rung, item) for item in work) if rung.tiles else None
        rows.append(
            f"| {rung.name} | {1e3 * arithmetic:.2f} ms | {1e3 * memory:.2f} ms | "
            f"{f'{cached / 1e9:.1f} GB' if cached else '-'} | "
            f"{1e3 * total:.2f} ms |"
        )
    return "\n".join(rows)


def cache_bytes(rung: Rung, work: Pass) -> float:
    """Count what all blocks fetch."""
    tile = tile_of(rung, work)
    blocks = tile.grid(work.side, work.side, work.channels_out)
    return float(blocks[0] * blocks[1] * fetched_rows(tile) * work.channels_in * rung.stored)


def layer_rows() -> str:
    """Show the forward passes of the last rung, layer by layer."""
    rung = RUNGS[-1]
    rows = [
        "| layer | GFLOP | tile | blocks | predicted | limit |",
        "|---|---:|---|---:|---:|---|",
    ]
    for work in passes()[::2]:
        tile = tile_of(rung, work)
        blocks = tile.grid(work.side, work.side, work.channels_out)
        time, limit = seconds(rung, work)
        rows.append(
            f"| {work.layer.name} | {work.flops / 1e9:.1f} | {tile.rows} x 16 x {tile.channels} | "
            f"{blocks[0] * blocks[1]} | {1e6 * (time + LAUNCH):.0f} µs | {limit} |"
        )
    return "\n".join(rows)


def register_rows() -> str:
    """Compile each kernel for sm_90a, and compute how many blocks a multiprocessor holds."""
    spec = importlib.util.spec_from_file_location(
        "nvrtc", HERE.parents[1] / "tests/gpu/kernels/nvrtc.py"
    )
    assert spec is not None
    assert spec.loader is not None
    nvrtc = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(nvrtc)
    rows = [
        "| kernel | tile | threads | registers | shared memory | blocks a multiprocessor | warps |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for rung in RUNGS[1:]:
        for tile in rung.tiles:
            defines = {"REAL": "float", **tile.defines}
            options = [f"-D{key}={value}" for key, value in defines.items()]
            log = nvrtc.compile_kernels(tile.file, source(tile.file), "sm_90a", options).log
            registers = int(re.findall(r"Used (\d+) registers", log)[0])
            static = [int(size) for size in re.findall(r"(\d+) bytes smem", log)]
            shared = tile.shared_bytes + sum(static)
            blocks = min(
                REGISTERS // (-(-registers // 8) * 8 * tile.threads),
                SHARED // (shared + 1024),
                THREADS // tile.threads,
                BLOCKS,
            )
            rows.append(
                f"| {rung.name} | {tile.rows} x 16 x {tile.channels} | {tile.threads} | "
                f"{registers} | {shared / 1024:.1f} KiB | {blocks} | "
                f"{blocks * tile.threads // 32} |"
            )
    return "\n".join(rows)


def write(name: str, table: str) -> None:
    """Put a table between its two marks in the page."""
    page = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    before, rest = page.split(start)
    after = rest.split(end)[1]
    PAGE.write_text(f"{before}{start}\n\n{table}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    write("rungs", rung_rows())
    write("layers", layer_rows())
    write("registers", register_rows())
