"""The sheet as a picture: cells in rows and columns, their settings along both sides."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ..views.letters import (
    FAINT,
    INK,
    PAPER,
    SMALL,
    TEXT,
    TITLE,
    broken,
    shortened,
    width_of,
    write,
)
from ..views.sheet import GAP, MARGIN, Bytes, scaled
from ..words import counted
from .axis import Axis
from .cells import Cell

EMPTY = "#1d1f25"
SMALLEST = 120
"""Pixels of a tile's sides, at least: room for a sentence."""
REMARK = 22
"""Pixels below a tile."""


@dataclass(frozen=True)
class Frame:
    """The layout of a sheet.

    Attributes
    ----------
    tile : (int, int)
        Width and height that every cell has room for.
    left, top : int
        Where the first cell begins.
    """

    tile: tuple[int, int]
    left: int
    top: int

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Return the upper left corner of a cell."""
        width, height = self.tile
        return self.left + column * (width + GAP), self.top + row * (height + REMARK + GAP)


def draw(title: str, rows: Axis, columns: Axis, cells: Mapping[tuple[int, int], Cell]) -> Bytes:
    """Draw the sheet.

    Parameters
    ----------
    title : str
    rows, columns : Axis
        What changes downward, and to the right.
    cells : mapping of (int, int) to Cell
        By row and column; those that are missing are told to be not painted.

    Returns
    -------
    (H, W, 3) ndarray of uint8
    """
    pictures = _pictures(cells)
    frame = _frame(rows, columns, pictures)
    shape = (len(rows.values), len(columns.values))
    width, height = frame.corner(*shape)
    width = max(width - GAP + MARGIN, MARGIN + min(width_of(title, TITLE), 1000) + MARGIN)
    sheet = Image.new("RGB", (width, height - GAP + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    write(pen, (MARGIN, MARGIN - 6), shortened(title, width - 2 * MARGIN, TITLE), TITLE)
    for column, label in enumerate(columns.labels):
        write(pen, (frame.corner(0, column)[0], frame.top - 26), label, TEXT)
    for row, label in enumerate(rows.labels):
        write(pen, (MARGIN, frame.corner(row, 0)[1] + frame.tile[1] // 2 - 9), label, TEXT)
    for row, column in np.ndindex(*shape):
        cell = cells.get((row, column))
        _tile(sheet, pen, frame, (row, column), pictures.get((row, column)), cell)
    return np.array(sheet)


def title_of(content: str, styles: tuple[str, ...], preset: str) -> str:
    """Write what all cells have in common."""
    what = styles[0] if len(styles) == 1 else counted(len(styles), "style")
    return f"{content} in the style of {what} ({preset})"


def _pictures(cells: Mapping[tuple[int, int], Cell]) -> dict[tuple[int, int], Image.Image]:
    """Bring all paintings to the width of the widest, by whole numbers."""
    images = {at: cell.painting.image for at, cell in cells.items() if cell.painting is not None}
    widest = max((image.shape[1] for image in images.values()), default=SMALLEST)
    return {at: scaled(image, widest) for at, image in images.items()}


def _frame(rows: Axis, columns: Axis, pictures: Mapping[tuple[int, int], Image.Image]) -> Frame:
    """Leave room for the largest picture and the longest label."""
    wide, high = (
        max([SMALLEST, *(picture.size[axis] for picture in pictures.values())]) for axis in (0, 1)
    )
    wide = max([wide, *(width_of(label, TEXT) for label in columns.labels)])
    beside = max(width_of(label, TEXT) for label in rows.labels)
    above = MARGIN + TITLE + 16 + (30 if columns.key else 0)
    return Frame((wide, high), MARGIN + (beside + GAP if beside else 0), above)


def _tile(
    sheet: Image.Image,
    pen: ImageDraw.ImageDraw,
    frame: Frame,
    at: tuple[int, int],
    picture: Image.Image | None,
    cell: Cell | None,
) -> None:
    """Draw one cell: its picture, or what became of it in words."""
    x, y = frame.corner(*at)
    width, height = frame.tile
    remark = "not painted" if cell is None else cell.remark
    if picture is not None:
        sheet.paste(picture, (x, y))
    else:
        pen.rectangle((x, y, x + width - 1, y + height - 1), EMPTY)
    if cell is not None and cell.trouble:
        lines = broken(cell.trouble, width - 16, SMALL)[: (height - 16) // 18]
        pen.rectangle((x, y, x + width - 1, y + 16 + 18 * len(lines)), EMPTY)
        for number, line in enumerate(lines):
            write(pen, (x + 8, y + 8 + 18 * number), shortened(line, width - 16, SMALL), SMALL, INK)
    write(pen, (x, y + height + 4), shortened(remark, width, SMALL), SMALL, FAINT)
