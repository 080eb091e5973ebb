"""What the GPU engine should reach on an H200, predicted before it was measured.

    python bench/gpu_predictions.py

Memory is computed from the plan that the engine itself lays out.  Times are floors, the work over
the device's peaks, divided by a share of the peak that seems within reach; no GPU is needed, and
none was used.  Writes bench/results/gpu_predictions.md.
"""

from dataclasses import dataclass
from pathlib import Path

from gpu_problem import make_problem

from backpaint.gpu.network.banded_plan import band_stages
from backpaint.gpu.network.bands import cut_of
from backpaint.gpu.network.memory import estimate_bytes
from backpaint.gpu.network.network_filters import Precision
from backpaint.problem.problem import Problem
from backpaint.problem.stages import stages_of

RESULT = Path(__file__).parent / "results" / "gpu_predictions.md"
SIZES = (512, 1024, 2048, 4096)
PLANNED = 64
"""The size of the problem whose plan is scaled."""


@dataclass(frozen=True)
class Assumed:
    """Dense peak in TFLOP/s, and the share of it that the kernels are expected to reach."""

    peak: float
    share: float


ASSUMED: dict[Precision, Assumed] = {
    "exact": Assumed(990 / 3, 0.40),
    "tf32": Assumed(495, 0.45),
    "fast": Assumed(990, 0.45),
}
EVALUATIONS_AN_ITERATION = 1.06
HOST_MS = 0.15
"""Python and the bus, for each iteration of L-BFGS on the device."""
ITERATIONS = 500


def main() -> None:
    problem = make_problem(PLANNED)
    lines = [
        "# The GPU engine, predicted",
        "",
        "**Nothing on this page was measured on a GPU.** `python bench/gpu_predictions.py` wrote",
        "it; `python bench/gpu.py` measures, and writes gpu.md beside it.",
        "",
        "The preset `gatys`, one H200. Assumed: "
        + "; ".join(
            f"`{name}` reaches {row.share:.0%} of {row.peak:.0f} TFLOP/s"
            for name, row in ASSUMED.items()
        )
        + ".",
        "",
        "| picture | GFLOP | " + " | ".join(f"{name}, ms | {name}, GB" for name in ASSUMED) + " |",
        "|---|---:|" + "---:|" * (2 * len(ASSUMED)),
    ]
    for size in SIZES:
        gflop = work(problem, size)
        cells = []
        for name, row in ASSUMED.items():
            memory = estimate_bytes(problem, name, shape=(size, size)) / 1e9
            cells.append(f"{gflop / row.peak / row.share:.2f} | {memory:.1f}")
        lines.append(f"| {size} x {size} | {gflop:.0f} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Memory counts maps, filters, targets, L-BFGS with ten pairs, and 0.6 GB for CUDA itself.",
        "A picture of more than 2048 x 2048 pixels runs in bands up to the first pool, each band",
        "forward twice; the work counts that.",
        "",
        f"{ITERATIONS} iterations of L-BFGS at 512 x 512, everything on the device, with "
        f"{EVALUATIONS_AN_ITERATION} evaluations",
        f"and {HOST_MS} ms of Python an iteration:",
        "",
        "| precision | seconds |",
        "|---|---:|",
    ]
    for name, row in ASSUMED.items():
        ms = work(problem, 512) / row.peak / row.share
        seconds = ITERATIONS * (EVALUATIONS_AN_ITERATION * ms + HOST_MS) / 1e3
        lines.append(f"| {name} | {seconds:.1f} |")
    RESULT.write_text("\n".join(lines) + "\n")


def work(problem: Problem, size: int) -> float:
    """Count the GFLOP of all convolutions, forward and back, computed directly."""
    shape = (size, size)
    stages = stages_of(problem.layers, problem.recipe.network, shape, problem.taps)
    cut = cut_of(problem, shape)
    total = 2 * sum(stage.flops for stage in stages[cut.block :])
    if cut.block:
        in_bands = (band_stages(problem, cut, band, size) for band in cut.bands)
        total += 3 * sum(stage.flops for of_band in in_bands for stage in of_band)
    return total / 1e9


if __name__ == "__main__":
    main()
