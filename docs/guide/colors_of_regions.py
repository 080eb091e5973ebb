"""Paint two styles, matched in color to the whole cat or to their regions: colors_of_regions.jpg.

python docs/guide/colors_of_regions.py
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figures import SMALL
from paint import HEIGHT, WIDTH
from PIL import Image
from regions import background

import backpaint
from backpaint.examples import example_path
from backpaint.painting.painting import Painting
from backpaint.painting.prepare import prepare
from backpaint.views.sheet import Tile, draw_sheet
from backpaint.weights import load_weights

CAT = example_path("cat")
STYLES = [example_path(name) for name in ("mosaic", "swirls")]
STYLE_WEIGHT = 500.0
"""So much that the cat stays: each style has its own part of it."""
SETTINGS = SMALL | {
    "preset": "gatys",
    "masks": [background()],
    "changes": {"style.weight": STYLE_WEIGHT},
}


def by_regions() -> Painting:
    """Paint as `--color match` does: the mosaic in the colors of the background."""
    return backpaint.paint(CAT, STYLES, color="match", **SETTINGS)


def by_the_whole() -> Painting:
    """Paint with styles that were matched before, without masks."""
    recipe = backpaint.recipe("gatys", size=SMALL["size"], color="match")
    made = prepare(recipe, load_weights(recipe.weights), CAT, STYLES).problem.styles
    return backpaint.paint(CAT, [style.clip(0, 255) for style in made], **SETTINGS)


def tiles(painting: Painting, caption: str) -> Iterator[Tile]:
    """Show a painting, and its styles as the network was shown them."""
    pictures = {caption: painting.image}
    for name, style in zip(("mosaic, shown", "swirls, shown"), painting.styles, strict=True):
        pictures[name] = np.rint(style).astype(np.uint8)
    for name, picture in pictures.items():
        resized = Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        yield Tile(np.asarray(resized), name, caption if name != caption else "")


def main() -> None:
    """Paint both, and draw the figure."""
    made = [
        *tiles(by_the_whole(), "in the colors of the whole cat"),
        *tiles(by_regions(), "--mask background.png --color match"),
    ]
    sheet = draw_sheet("colors of regions", "", made, width=WIDTH, columns=3)
    Image.fromarray(sheet).save(Path(__file__).with_suffix(".jpg"), quality=85)


if __name__ == "__main__":
    main()
