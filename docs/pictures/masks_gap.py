"""Paint one style across a soft border into another, by masks and by squared masks: masks_gap.jpg.

    python docs/pictures/masks_gap.py

Below each painting: how strongly the styles pull at the photograph, column by column.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

import backpaint
from backpaint.examples import example_path
from backpaint.images import read_image

SIZE, ITERATIONS = 192, 120
STYLES = [example_path(name) for name in ("swirls", "mosaic")]
EIGHTHS = 8


def ramp(shape: tuple[int, ...]) -> np.ndarray:
    """Make a mask that goes from 1 on the left to 0 on the right, most of the way in between."""
    return np.clip(np.linspace(1.25, -0.25, shape[1]), 0, 1) * np.ones(shape[:2])


def changes(power: int) -> dict[str, object]:
    """Return the setting; everything else is the preset's."""
    return {"masks.power": power}


def pull(power: int, mask: np.ndarray) -> np.ndarray:
    """Compute the root of the mean square of the styles' gradient at the photograph, by column."""
    objective = backpaint.objective(
        example_path("cat"),
        STYLES,
        size=SIZE,
        changes=changes(power) | {"content.weight": 0.0},
        masks=[mask],
        engine="cpu",
    )
    _, gradient = objective(objective.initial())
    return np.sqrt(np.mean(gradient.reshape(objective.shape) ** 2, axis=(0, 2)))


def by_eighths(profile: np.ndarray) -> np.ndarray:
    """Average a profile in eighths of the width."""
    return np.array([np.sqrt(np.mean(part**2)) for part in np.array_split(profile, EIGHTHS)])


def main() -> None:
    """Draw the figure, and print the ratio of both pulls, the ends set to 1."""
    mask = ramp(read_image(example_path("cat")).pixels.shape)
    figure, axes = plt.subplots(
        2, 2, figsize=(8.4, 4.1), dpi=110, height_ratios=(3, 1), layout="constrained"
    )
    profiles = [pull(power, mask) for power in (1, 2)]
    for column, (power, title) in enumerate(((1, "masks"), (2, "squared masks"))):
        painting = backpaint.paint(
            example_path("cat"),
            STYLES,
            preset="gatys",
            size=SIZE,
            iterations=ITERATIONS,
            changes=changes(power),
            masks=[mask],
            engine="cpu",
        )
        above, below = axes[:, column]
        above.imshow(painting.image)
        above.set_title(title, fontsize=10)
        above.axis("off")
        parts = by_eighths(profiles[column])
        below.bar(np.arange(EIGHTHS), parts / by_eighths(profiles[0])[[0, -1]].mean(), width=0.9)
        below.set(xlim=(-0.5, EIGHTHS - 0.5), ylim=(0, 2), xticks=[])
        below.set_ylabel("pull", fontsize=8)
    figure.savefig(Path(__file__).with_suffix(".jpg"), pil_kwargs={"quality": 88, "optimize": True})
    ratio = by_eighths(profiles[1]) / by_eighths(profiles[0])
    print("squared over plain:", np.round(ratio / ratio[[0, -1]].mean(), 2))


if __name__ == "__main__":
    main()
