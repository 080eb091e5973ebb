"""What the engine's estimate says of large pictures, before anything is computed.

python bench/scale_plan.py        memory in GB by bands and the optimizer's history, and disk
"""

import numpy as np

import backpaint
from backpaint.cpu import estimate_bytes
from backpaint.cpu.bands.choice import more_work, possible_bands
from backpaint.engine.optimizer_memory import host_optimizer_bytes, with_history
from backpaint.painting.session import open_session
from backpaint.presets import load_preset
from backpaint.problem.problem import Problem

SIZES = (512, 1024, 2048, 4096, 8192)
GB = 1e9


def problem_of_512() -> Problem:
    """Make a problem whose memory is asked for at other shapes; a style of 512 px."""
    noise = np.zeros((512, 512, 3), np.uint8)
    engine = backpaint.CPU(threads=2)
    return open_session(noise, noise, load_preset("gatys"), engine=engine).prepared.problem


def row(problem: Problem, bands: int, kind: str) -> str:
    """Lay out a row: an evaluation alone, or with one of the histories."""
    cells = []
    for size in SIZES:
        shape = (size, size)
        total = estimate_bytes(problem, threads=2, bands=bands, shape=shape)
        if kind != "none":
            optimizer = with_history(problem, kind).recipe.optimizer
            total += host_optimizer_bytes(optimizer, shape)
        cells.append(f"{total / GB:.2f}")
    return f"| {bands or 'none'} | {kind} | {1 + more_work(problem, bands):.2f} | " + " | ".join(
        cells
    )


def main() -> None:
    """Print the table."""
    problem = problem_of_512()
    print("| bands | history | work | " + " | ".join(map(str, SIZES)) + " |")
    print("|---" * (3 + len(SIZES)) + "|")
    for bands in possible_bands(problem):
        for kind in ("none", "float64", "float32"):
            print(row(problem, bands, kind) + " |")


if __name__ == "__main__":
    main()
