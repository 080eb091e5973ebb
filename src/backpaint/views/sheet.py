"""A contact sheet: labeled pictures in a grid, drawn with Pillow."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .letters import FAINT, PAPER, SMALL, TEXT, TITLE, broken, font, shortened, write

Bytes = NDArray[np.uint8]

TRACK, BAR = "#2b2d35", "#f59d4b"
MARGIN, GAP = 28, 16


@dataclass(frozen=True)
class Tile:
    """A picture of the sheet with what is written below it.

    Attributes
    ----------
    picture : (h, w, 3) ndarray of uint8
    title : str
        Below the picture.
    remark : str
        Below the title, fainter.
    part : float or None
        Draws a bar of this part of the width, 0 to 1, between picture and title.
    """

    picture: Bytes
    title: str
    remark: str = ""
    part: float | None = None


@dataclass(frozen=True)
class Legend:
    """The legend: what the colors mean.

    Attributes
    ----------
    scale : (n, 3) ndarray of uint8
        The colors from left to right.
    labels : sequence of str
        Spread evenly below them: at both ends, or also in the middle.
    """

    scale: Bytes
    labels: Sequence[str]


def draw_sheet(
    title: str,
    subtitle: str,
    tiles: Sequence[Tile],
    *,
    width: int,
    columns: int | None = None,
    legend: Legend | None = None,
) -> Bytes:
    """Lay out a sheet.

    Parameters
    ----------
    title, subtitle : str
        Above the tiles; the subtitle is broken into lines.
    tiles : sequence of Tile
        At least one.
    width : int
        About how wide a tile becomes, in pixels; small pictures are enlarged by a whole number.
    columns : int, optional
        Tiles in a row; absent: so many that the sheet is a little wider than high.
    legend : Legend, optional
        Below the tiles.

    Returns
    -------
    (H, W, 3) ndarray of uint8
    """
    pictures = [scaled(tile.picture, width) for tile in tiles]
    wide, high = (max(picture.size[axis] for picture in pictures) for axis in (0, 1))
    bar = 9 * any(tile.part is not None for tile in tiles)
    below = bar + 47 + GAP
    columns = columns or _columns(len(tiles), wide + GAP, high + below)
    rows = [range(first, min(first + columns, len(tiles)))
            for first in range(0, len(tiles), columns)]  # fmt: skip
    heights = [max(pictures[number].height for number in row) for row in rows]
    whole = max(2 * MARGIN + columns * (wide + GAP) - GAP, 620)
    lines = broken(subtitle, whole - 2 * MARGIN)
    top = MARGIN + TITLE + 26 + 20 * len(lines)
    bottom = 66 if legend else 8
    sheet = Image.new("RGB", (whole, top + sum(heights) + len(rows) * below + bottom), PAPER)
    draw = ImageDraw.Draw(sheet)
    write(draw, (MARGIN, MARGIN - 6), shortened(title, whole - 2 * MARGIN, TITLE), TITLE)
    for number, line in enumerate(lines):
        write(draw, (MARGIN, MARGIN + TITLE + 10 + 20 * number), line, TEXT, FAINT)
    for row, height in zip(rows, heights, strict=True):
        for column, number in enumerate(row):
            x, picture = MARGIN + column * (wide + GAP), pictures[number]
            at = (x + (wide - picture.width) // 2, top + (height - picture.height) // 2)
            sheet.paste(picture, at)
            _caption(draw, tiles[number], (x, top + height + 6), wide, bar)
        top += height + below
    if legend is not None:
        _draw_legend(sheet, draw, legend, sheet.height - bottom)
    return np.array(sheet)


def _caption(
    draw: ImageDraw.ImageDraw, tile: Tile, corner: tuple[int, int], width: int, bar: int
) -> None:
    """Write below a picture; all titles are at one height, whether they have a bar or not."""
    x, y = corner
    if tile.part is not None:
        draw.rectangle((x, y + 2, x + width - 1, y + 5), TRACK)
        filled = round(min(max(tile.part, 0.0), 1.0) * width)
        if filled:
            draw.rectangle((x, y + 2, x + filled - 1, y + 5), BAR)
    write(draw, (x, y + bar), shortened(tile.title, width, TEXT), TEXT)
    write(draw, (x, y + bar + 20), shortened(tile.remark, width, SMALL), SMALL, FAINT)


def _draw_legend(sheet: Image.Image, draw: ImageDraw.ImageDraw, legend: Legend, top: int) -> None:
    width = min(sheet.width - 2 * MARGIN, 420)
    colors = Image.fromarray(legend.scale[np.newaxis]).resize((width, 12))
    sheet.paste(colors, (MARGIN, top))
    last = len(legend.labels) - 1
    for number, label in enumerate(legend.labels):
        anchor = "l" if number == 0 else "r" if number == last else "m"
        x = MARGIN + round(width * number / max(last, 1))
        draw.text((x, top + 18), label, FAINT, font(SMALL), anchor=f"{anchor}a")


def scaled(picture: Bytes, width: int) -> Image.Image:
    """Shrink to a width, or enlarge by a whole number so that every value stays a square."""
    image = Image.fromarray(picture)
    if image.width > width:
        height = max(1, round(image.height * width / image.width))
        return image.resize((width, height), Image.Resampling.BOX)
    times = max(1, round(width / image.width))
    return image.resize((times * image.width, times * image.height), Image.Resampling.NEAREST)


def _columns(count: int, width: int, height: int) -> int:
    """Choose how many go in a row: near 4 : 3, and with few empty places."""

    def ugliness(columns: int) -> float:
        rows = math.ceil(count / columns)
        ratio = columns * width / (rows * height)
        return abs(math.log(ratio / 1.4)) + 1.2 * (rows * columns - count) / columns

    return min(range(1, count + 1), key=ugliness)
