"""Count what kernels move and compute, old and new, and write the tables of `trials.md`.

    python docs/gpu/trial_tables.py [--check]

The preset `gatys` in `tf32` at 512 x 512 on an H200.  Nothing was measured: a launch is said to
take its longest part and `EXPOSED` of the others.  Instructions are those of
`bench/results/kernel_facts.md`.  With ``--check`` nothing is written, and a page that is not in
step is an error.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from convolution_tables import (
    RUNGS,
    Rung,
    cache_bytes,
    fetched_rows,
    named,
    passes,
    seconds,
    tile_of,
)

from backpaint.gpu.convolution.filters import Precision
from backpaint.gpu.convolution.tiles import ROW_BYTES, TRIALS, Tile
from backpaint.gpu.operations.gram import gram_workspace

PAGE = Path(__file__).parent / "trials.md"
FACTS = Path(__file__).parents[2] / "bench" / "results" / "kernel_facts.md"

PROCESSORS, CLOCK, DRAM, L2, LAUNCH = 132, 1.7e9, 4.3e12, 5.5e12, 2e-6
EXPOSED = 0.5
"""Of what could go on beside the longest part."""
ISSUED, PRODUCTS = 4 * PROCESSORS * CLOCK, 128 * PROCESSORS * CLOCK
"""Instructions of a warp, and float32 products, a second."""
SHARED = PROCESSORS * CLOCK
"""Reads or writes of shared memory by a warp, 128 bytes each, a second."""
SECTOR, WARP, FLOAT = 32, 32, 4
RUN = 4
"""Channels of a thread's 16 bytes."""
EXECUTED = 0.5
"""Of the instructions of a kernel that divides in 64 bits: the rest is for rare divisors."""

POOLED = ((512, 64), (256, 128), (128, 256), (64, 512))
"""Side and channels of what is pooled."""
STYLED = (*POOLED, (32, 512))
"""Of the layers of the style term."""
COLORS, TAPS, PIXELS = 3, 9, 512 * 512 * 64


@dataclass(frozen=True)
class Launch:
    """What one kernel does.

    Attributes
    ----------
    memory : float
        Bytes that memory must move.
    sectors : float
        Of 32 bytes, that warps ask the second-level cache for.
    instructions, shared : float
        Of warps.
    products : float
        Float32 products of threads.
    start : float
        Seconds that a launch takes at least; 0 for a part of one.
    """

    memory: float = 0
    sectors: float = 0
    instructions: float = 0
    shared: float = 0
    products: float = 0
    start: float = LAUNCH

    @property
    def seconds(self) -> float:
        """Predict its time."""
        parts = (
            self.memory / DRAM,
            self.sectors * SECTOR / L2,
            self.instructions / ISSUED,
            self.shared / SHARED,
            self.products / PRODUCTS,
        )
        longest = max(parts)
        return longest + EXPOSED * (sum(parts) - longest) + self.start


def instructions(variant: str) -> int:
    """Read how many instructions the compiler made of a kernel."""
    for line in FACTS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if variant in cells[1:2]:
            return int(cells[4])
    raise LookupError(f"{FACTS.name} has no row {variant}")


def of_pool(file: str, name: str) -> int:
    """Read those of a kernel for float32 on Hopper."""
    return instructions(f"{file} sm_90a float {name}")


def pools_back(*, runs: bool) -> Iterable[Launch]:
    """Count pools' gradients and ReLU bits: two kernels element by element, or one by runs."""
    by_runs = of_pool("pool_runs.cu", "average_pool_runs_backward")
    by_elements = EXECUTED * of_pool("pool.cu", "average_pool_backward")
    masking = of_pool("masks.cu", "keep_positive")
    for side, channels in POOLED:
        n = side * side * channels
        moved = FLOAT * (n + n / 4)
        if runs:
            yield Launch(moved + n / 8, (moved + n / 8) / SECTOR, by_runs * n / (4 * RUN) / WARP)
            continue
        yield Launch(moved, 2 * n * FLOAT / SECTOR, by_elements * n / WARP)
        # Every second number is set to 0, by a store of its own that touches a sector.
        yield Launch(n * FLOAT / 2 + n / 8, n / 2 + n / 8 / SECTOR, masking * n / 8 / WARP)


def pools(*, runs: bool) -> Iterable[Launch]:
    """Count averages."""
    by_runs = of_pool("pool_runs.cu", "average_pool_runs_forward")
    by_elements = EXECUTED * of_pool("pool.cu", "average_pool_forward")
    for side, channels in POOLED:
        n = side * side * channels
        moved, threads = FLOAT * (n + n / 4), n / 4 / (RUN if runs else 1)
        yield Launch(moved, moved / SECTOR, (by_runs if runs else by_elements) * threads / WARP)


def from_picture(*, runs: bool) -> Iterable[Launch]:
    """Count eight floats of a thread in eight stores, each a sector, or in two of half of one."""
    sectors = PIXELS / 8 if runs else PIXELS
    yield Launch(FLOAT * PIXELS, sectors, products=TAPS * COLORS * PIXELS)


def to_picture(*, runs: bool) -> Iterable[Launch]:
    """Count eight channels computed for three; a warp reads two rows from each of 16 banks."""
    halo = 34 * 18 / (32 * 16)
    channels = COLORS if runs else 8
    reads = TAPS * PIXELS * ((6 + 3) / (3 * 4) if runs else (2 * 10 + 2 * 3) / (3 * 8)) / WARP
    moved = FLOAT * PIXELS
    yield Launch(moved, halo * moved / SECTOR, shared=reads, products=TAPS * channels * PIXELS)


def grams(*, once: bool) -> Iterable[Launch]:
    """Count x^T x in tiles of 64 x 64 and slabs of 32 positions; diagonal factors are one."""
    for side, channels in STYLED:
        positions, across = side * side, channels // 64
        tiles = across * (across + 1) // 2
        sides = 2 * tiles - (across if once else 0)
        slabs, slab_bytes = positions / 32, 32 * 64 * FLOAT
        reads = 2 * 4 * (8 + 16)  # by two warps, of fragments
        shared = slabs * (tiles * reads + sides * slab_bytes / 128)
        written = partial_bytes(side, channels)
        memory = FLOAT * positions * channels + written
        yield Launch(memory, (slabs * sides * slab_bytes + written) / SECTOR, shared=shared)


def comparisons(*, once: bool) -> Iterable[Launch]:
    """Count launches that add parts up, compare in two stages, and write the gradient."""
    for side, channels in STYLED:
        parts, matrix = partial_bytes(side, channels), FLOAT * channels * channels
        # The sum writes the matrix; at once it reads the target and writes the gradient, too.
        # Apart, squares read matrix and target; so does the gradient, which is written.
        moved = (parts + 3 * matrix, 0) if once else (parts + matrix, 2 * matrix, 0, 3 * matrix)
        yield from (Launch(each, each / SECTOR) for each in moved)


def partial_bytes(side: int, channels: int) -> float:
    """Count what sums over parts of all positions take, written once and read once."""
    return FLOAT * gram_workspace((side, side), side, channels)


def half_stores(*, wide: bool) -> Iterable[Launch]:
    """Count what convolutions store in `fast`: half a sector at once, or all of it."""
    for work in passes():
        sectors = work.side**2 * work.channels_out * 2 / SECTOR
        yield Launch(sectors=sectors if wide else 2 * sectors, start=0)


ROWS = (
    ("pools' gradients with ReLU bits", pools_back(runs=False), pools_back(runs=True)),
    ("averages", pools(runs=False), pools(runs=True)),
    ("first convolution", from_picture(runs=False), from_picture(runs=True)),
    ("its gradient", to_picture(runs=False), to_picture(runs=True)),
    ("parts of Gram matrices", grams(once=False), grams(once=True)),
    ("their sums, and the style term's", comparisons(once=False), comparisons(once=True)),
)


def us(launches: list[Launch]) -> float:
    """Predict the microseconds of launches one after the other."""
    return 1e6 * sum(launch.seconds for launch in launches)


def cells_of(name: str, *both: list[Launch]) -> Iterable[str]:
    """Write a row: launches, sectors and time of the old and the new."""
    yield name
    for launches in both:
        sectors = sum(launch.sectors for launch in launches) / 1e6
        count = sum(launch.start > 0 for launch in launches)
        yield from (str(count or "none"), f"{sectors:.1f}", f"{us(launches):.0f} µs")


def table() -> str:
    """Compare the launches of one evaluation."""
    lines = [
        "| | launches | sectors, millions | predicted | launches | sectors, millions | predicted |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    totals = [0.0, 0.0]
    for name, *both in ROWS:
        old, new = map(list, both)
        totals = [total + us(launches) for total, launches in zip(totals, (old, new), strict=True)]
        lines.append(f"| {' | '.join(cells_of(name, old, new))} |")
    lines.append(f"| all | | | {totals[0]:.0f} µs | | | {totals[1]:.0f} µs |")
    narrow, wide = (list(half_stores(wide=wide)) for wide in (False, True))
    lines.append(f"| {' | '.join(cells_of('stores of convolutions in `fast`', narrow, wide))} |")
    return "\n".join(lines)


HOPPER_RUNGS: dict[Precision, Rung] = {
    precision: next(rung for rung in RUNGS if rung.tiles == named(precision, "conv_sm90"))
    for precision in ("tf32", "fast")
}


def clusters() -> str:
    """Compare tiles whose blocks load images alone, and in clusters, where the rule takes them."""
    lines = [
        "| tile | bytes a step | launches | from cache | predicted "
        "| bytes a step | from cache | predicted |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for precision, rung in HOPPER_RUNGS.items():
        for tile in TRIALS[precision]:
            if tile.variant == "in clusters":
                alone = next(t for t in rung.tiles if is_like(t, tile))
                lines.append(f"| `{precision}` {' | '.join(cluster_cells(rung, alone, tile))} |")
    return "\n".join(lines)


def is_like(tile: Tile, other: Tile) -> bool:
    """Whether two tiles are of one size."""
    return (tile.rows, tile.channels) == (other.rows, other.channels)


def cluster_cells(rung: Rung, *both: Tile) -> Iterable[str]:
    """Write a row; a slab of 128 bytes takes nine steps."""
    work = [
        item
        for item in passes()
        if tile_of(rung, item) == both[0] and item.channels_out % both[1].whole_channels == 0
    ]
    yield f"{both[0].rows} x 16 x {both[0].channels}"
    for tile in both:
        one = replace(rung, tiles=(tile,))
        yield f"{fetched_rows(tile) * ROW_BYTES // 9}"
        if tile is both[0]:
            yield str(len(work))
        yield f"{1e6 * sum(cache_bytes(one, item) / L2 for item in work):.0f} µs"
        yield f"{1e6 * sum(seconds(one, item)[0] + LAUNCH for item in work):.0f} µs"


def with_table(page: str, name: str, text: str) -> str:
    """Put a table between its two marks."""
    before, rest = page.split(f"<!-- {name} -->")
    after = rest.split(f"<!-- end {name} -->")[1]
    return f"{before}<!-- {name} -->\n\n{text}\n\n<!-- end {name} -->{after}"


def main() -> None:
    """Write the tables, or look whether they are in step."""
    page = PAGE.read_text(encoding="utf-8")
    text = with_table(with_table(page, "predicted", table()), "clusters", clusters())
    if "--check" in sys.argv:
        late = f"{PAGE.name} is out of step: run python docs/gpu/trial_tables.py"
        sys.exit(0 if text == page else late)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
