"""How long each launch of one evaluation takes, each repeated between two events.

python layers.py SIZE PRECISION
"""

import sys
from collections import defaultdict
from typing import Any, NamedTuple

from gpu_problem import make_problem
from on_device import REHEARSE, on_device

from backpaint.compare.subject.scene import start
from backpaint.gpu import GPUObjective
from backpaint.gpu.device import kernel as kernel_module
from backpaint.gpu.device.device import xp
from backpaint.gpu.device.kernel import Kernel

REPEATS = 1 if REHEARSE else 20


class Row(NamedTuple):
    """One launch: its kernel, its tile, its grid, its first numbers, microseconds."""

    name: str
    tile: str
    grid: tuple[int, ...]
    sizes: list[int]
    us: float

    def __str__(self) -> str:
        text = f"{self.name:24s} {self.tile:8s} grid {self.grid} {self.sizes} {self.us:8.1f} us"
        if not self.name.startswith("conv_"):
            return text
        height, width, channels, filters = self.sizes
        return f"{text} {18 * height * width * channels * filters / self.us / 1e6:6.1f} TFLOP/s"


def timed_launches(objective: GPUObjective) -> list[Row]:
    """Launch every kernel of an evaluation, and time each where it stands."""
    rows: list[Row] = []
    names = {
        id(found): (name, dict(key[2])) for (key, name), found in kernel_module._kernels.items()
    }
    launch = Kernel.__call__

    def timed(kernel: Kernel, grid: Any, block: Any, args: Any, shared_mem: int = 0) -> None:
        launch(kernel, grid, block, args, shared_mem)
        begin, end = xp().cuda.Event(), xp().cuda.Event()
        begin.record()
        for _ in range(REPEATS):
            launch(kernel, grid, block, args, shared_mem)
        end.record()
        end.synchronize()
        us = 1e3 * xp().cuda.get_elapsed_time(begin, end) / REPEATS
        name, defines = names[id(kernel)]
        tile = f"{defines.get('TILE_ROWS', '')}x{defines.get('TILE_CHANNELS', '')}".strip("x")
        sizes = [int(value) for value in args if type(value).__name__ in ("int32", "int64")][:4]
        rows.append(Row(name, tile, grid, sizes, us))

    Kernel.__call__ = timed  # type: ignore[method-assign]
    try:
        with objective.at_work():
            objective._launch()
    finally:
        Kernel.__call__ = launch  # type: ignore[method-assign]
    return rows


def main() -> None:
    size, precision = int(sys.argv[1]), sys.argv[2]
    with on_device():
        problem = make_problem(size, shallow=REHEARSE)
        objective = GPUObjective(problem, precision, graph=False)  # type: ignore[arg-type]
        objective.evaluate(start(problem).reshape(objective.shape))
        rows = timed_launches(objective)
    totals: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        print(row)
        totals[row.name] += row.us
    for name, us in sorted(totals.items(), key=lambda pair: -pair[1]):
        print(f"sum {name:24s} {us:8.1f} us")
    print(f"sum of all {sum(totals.values()):.1f} us in {len(rows)} launches, {size} {precision}")


if __name__ == "__main__":
    main()
