"""Paint the pictures of `docs/fast.md`, FIGURE.jpg beside this script: the cat, in one pass each.

python docs/fast/paint.py [FIGURE...]
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import backpaint
from backpaint.examples import example_path
from backpaint.views.sheet import Tile, draw_sheet

HERE = Path(__file__).parent
WIDTH, SIZE = 300, 300
Cell = tuple[str, tuple[str, ...], dict[str, Any]]
"""A caption, the styles, and arguments of `backpaint.stylize`."""

FIGURES: dict[str, tuple[Cell, ...]] = {
    "styles": tuple((f"{name}.jpg", (name,), {}) for name in ("swirls", "mosaic", "woodcut")),
    "strength": tuple(
        (f"--strength {strength}", ("swirls",), {"strength": strength})
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0)
    ),
    "shares": tuple(
        (f"--style-shares {a},{b}", ("swirls", "mosaic"), {"style_shares": (a, b)})
        for a, b in ((0.75, 0.25), (0.5, 0.5), (0.25, 0.75))
    ),
    "size": tuple((f"--size {size}", ("swirls",), {"size": size}) for size in (150, 300, 600)),
}
"""By the name of the figure's file."""


def paint(cell: Cell) -> Tile:
    """Paint a cell."""
    caption, styles, options = cell
    given = {"size": SIZE} | options
    painted = backpaint.stylize(example_path("cat"), [*map(example_path, styles)], **given)
    height = round(WIDTH * painted.image.shape[0] / painted.image.shape[1])
    shown = Image.fromarray(painted.image).resize((WIDTH, height), Image.Resampling.LANCZOS)
    return Tile(np.asarray(shown), caption, "")


def main() -> None:
    """Paint the figures that are named, or all."""
    for name in sys.argv[1:] or FIGURES:
        tiles = [paint(cell) for cell in FIGURES[name]]
        columns = 3 if len(tiles) == 3 else len(tiles)
        sheet = draw_sheet(name, "", tiles, width=WIDTH, columns=columns)
        Image.fromarray(sheet).save(HERE / f"{name}.jpg", quality=85)


if __name__ == "__main__":
    main()
