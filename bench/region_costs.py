"""Time one loss and gradient with masks beside the same styles without, on the engine cpu.

    python bench/region_costs.py [--size 256] [--rounds 5]

Prints a table in Markdown: processor time of one thread, so that a busy machine counts little, and
the median of the ratios within a round.
"""

import numpy as np
from ratios import print_ratios

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


if __name__ == "__main__":
    print_ratios(__doc__, build, CASES)
