"""Paint the figures of the guide, FIGURE.jpg beside this script.

    python docs/guide/paint.py [FIGURE...]

Paintings are kept under docs/_build/guide, by their settings: a second run paints what is missing.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
from figures import FIGURES, Cell
from PIL import Image

import backpaint
from backpaint.errors import RunError
from backpaint.examples import example_path
from backpaint.images.write import METADATA_KEY
from backpaint.views.sheet import Tile, draw_sheet

HERE = Path(__file__).parent
KEPT = HERE.parent / "_build" / "guide"
WIDTH, HEIGHT = 300, 200
"""Of a tile."""


def kept(cell: Cell) -> Path:
    """Name the file of a painting after everything that decides it."""
    digest = hashlib.sha256(repr(sorted(cell.arguments.items())).encode()).hexdigest()
    return KEPT / f"{digest[:16]}.png"


def paint(cell: Cell) -> Tile:
    """Paint a cell, unless it is there, and tell how it went."""
    path = kept(cell)
    if not path.exists():
        try:
            backpaint.paint(example_path("cat"), **cell.arguments).save(path)
        except RunError as error:
            return Tile(np.zeros((HEIGHT, WIDTH, 3), np.uint8), cell.caption, str(error))
    with Image.open(path) as image:
        shown = image.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        loss = json.loads(image.text[METADATA_KEY])["loss"]
    return Tile(np.asarray(shown), cell.caption, cell.remark or f"loss {loss:.3g}")


def main() -> None:
    """Paint the figures that are named, or all."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or FIGURES:
        tiles = []
        for cell in FIGURES[name]:
            start = time.perf_counter()
            tiles.append(paint(cell))
            seconds = time.perf_counter() - start
            print(f"{name}: {cell.caption}: {tiles[-1].remark}, {seconds:.0f} s", flush=True)
        columns = 2 if len(tiles) in (2, 4) else 3
        sheet = draw_sheet(name.replace("_", " "), "", tiles, width=WIDTH, columns=columns)
        Image.fromarray(sheet).save(HERE / f"{name}.jpg", quality=85)


if __name__ == "__main__":
    main()
