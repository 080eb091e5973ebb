"""Draw what the network is shown of two styles under each way of matching: shown_styles.jpg.

python docs/guide/shown_styles.py
"""

from pathlib import Path

import numpy as np
from paint import HEIGHT, WIDTH
from PIL import Image

from backpaint.color import shown_pictures
from backpaint.examples import example_path
from backpaint.images import read_image, resize
from backpaint.problem.recipe import Color
from backpaint.views.sheet import Tile, draw_sheet

HERE = Path(__file__).parent
STYLES = ("swirls", "mosaic")
WAYS = {
    "as it is": Color(),
    "color.style=transport": Color(style="transport"),
    "color.style=root": Color(style="root"),
    "color.style=cholesky": Color(style="cholesky"),
    "color.style=histogram": Color(style="histogram"),
    "color.luma=true": Color(luma=True),
}


def picture(name: str) -> np.ndarray:
    """Read a picture that comes with backpaint, at the size of a tile."""
    return resize(read_image(example_path(name)).pixels, HEIGHT, WIDTH).clip(0, 255)


def tile(style: str, way: str, options: Color) -> Tile:
    """Show one style in the cat's colors."""
    _, (shown,) = shown_pictures(picture("cat"), [picture(style)], options)
    clipped = f"{shown.notes[0]}" if shown.notes else style
    return Tile(np.rint(shown.pixels).astype(np.uint8), way, clipped)


def main() -> None:
    """Draw the figure."""
    tiles = [tile(style, way, options) for style in STYLES for way, options in WAYS.items()]
    sheet = draw_sheet("What the network is shown", "", tiles, width=WIDTH, columns=3)
    Image.fromarray(sheet).save(HERE / "shown_styles.jpg", quality=85)


if __name__ == "__main__":
    main()
