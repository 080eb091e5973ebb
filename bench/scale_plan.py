"""What the engine's estimate says of large pictures, before anything is computed.

python bench/scale_plan.py        memory in GB by bands and history; with --scratch, and disk
"""

import numpy as np

import backpaint
from backpaint.cpu import estimate_bytes
from backpaint.cpu.bands.choice import more_work, most_bands, possible_bands
from backpaint.cpu.memory import features_on_disk
from backpaint.engine.free_memory import Size
from backpaint.engine.optimizer_memory import file_bytes, host_optimizer_bytes, with_history
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


def planned(
    problem: Problem, bands: int, kind: str, shape: Size, *, is_on_disk: bool
) -> tuple[int, int]:
    """Count memory and disk of an evaluation, or of a descent with a history of some kind."""
    memory = estimate_bytes(problem, threads=2, bands=bands, shape=shape, is_on_disk=is_on_disk)
    disk = features_on_disk(problem, bands, shape=shape) if is_on_disk else 0
    if kind != "none":
        optimizer = with_history(problem, kind).recipe.optimizer
        memory += host_optimizer_bytes(optimizer, shape, is_on_disk=is_on_disk)
        disk += file_bytes(optimizer, shape) * is_on_disk
    return memory, disk


def row(problem: Problem, bands: int, kind: str, *, is_on_disk: bool = False) -> str:
    """Lay out a row: an evaluation alone, or with one of the histories."""
    cells = []
    for size in SIZES:
        memory, disk = planned(problem, bands, kind, (size, size), is_on_disk=is_on_disk)
        cells.append(f"{memory / GB:.2f}" + f" and {disk / GB:.2f}" * is_on_disk)
    name = f"{bands or 'none'}" + ", scratch" * is_on_disk
    return f"| {name} | {kind} | {1 + more_work(problem, bands):.2f} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    problem = problem_of_512()
    print("| bands | history | work | " + " | ".join(map(str, SIZES)) + " |")
    print("|---" * (3 + len(SIZES)) + "|")
    for bands in possible_bands(problem):
        for kind in ("none", "float64", "float32"):
            print(row(problem, bands, kind))
    for kind in ("none", "float32"):
        print(row(problem, most_bands(problem), kind, is_on_disk=True))


if __name__ == "__main__":
    main()
