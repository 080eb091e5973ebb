"""Time one loss and gradient with masks beside the same styles without, on the engine cpu.

    python bench/region_costs.py [--size 256] [--rounds 5]

Prints a table in Markdown: processor time of one thread, so that a busy machine counts little, and
the median of the ratios within a round.
"""

import argparse
import statistics
import time

import numpy as np

import backpaint
from backpaint.engine.objective import Objective
from backpaint.examples import example_path
from backpaint.images import read_image

CASES = ("no masks", "2 hard regions", "4 hard regions", "2 soft masks", "4 soft masks")


def masks_of(case: str, shape: tuple[int, int]) -> list[np.ndarray] | None:
    """Make the masks of a case: stripes, or bumps that overlap everywhere; they add up to 1."""
    if case == "no masks":
        return None
    count, kind, _ = case.split()
    places = np.linspace(0, 1, shape[1])
    centers = (np.arange(int(count)) + 0.5) / int(count)
    near = np.exp(-4 * np.abs(places - centers[:, np.newaxis]))  # (count, W)
    parts = near / near.sum(axis=0) if kind == "soft" else near == near.max(axis=0)
    return [np.tile(np.asarray(part, np.float64), (shape[0], 1)) for part in parts]


def build(case: str, size: int) -> Objective:
    """Make the objective of the preset gatys with as many styles as masks; the mosaic repeats."""
    height, width = read_image(example_path("cat")).pixels.shape[:2]
    masks = masks_of(case, (height, width))
    count = 2 if masks is None else len(masks)
    return backpaint.objective(
        example_path("cat"),
        [example_path("swirls"), *[example_path("mosaic")] * (count - 1)],
        size=size,
        masks=masks,
        engine=backpaint.CPU(threads=1),
    )


def seconds(objective: Objective) -> float:
    """Time one loss and gradient."""
    x = objective.initial()
    begin = time.process_time()
    objective(x)
    return time.process_time() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    objectives = {case: build(case, options.size) for case in CASES}
    for objective in objectives.values():
        seconds(objective)
    rounds = [
        {case: seconds(objective) for case, objective in objectives.items()}
        for _ in range(options.rounds)
    ]
    print("| | times no masks |\n|---|---|")
    for case in CASES:
        ratio = statistics.median(each[case] / each[CASES[0]] for each in rounds)
        print(f"| {case} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
