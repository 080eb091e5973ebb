"""Letters on pictures, in the font that comes with Pillow."""

import math
from functools import cache

from PIL import ImageDraw, ImageFont

PAPER, INK, FAINT = "#131418", "#f3f1ea", "#a3a4ad"
TITLE, TEXT, SMALL = 24, 15, 13
"""Sizes of letters in pixels."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load the font in a size."""
    return ImageFont.load_default(size)


def width_of(text: str, size: int) -> int:
    """Measure a line, in whole pixels."""
    return math.ceil(font(size).getlength(text))


def write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, color: str = INK
) -> None:
    """Write a line; `at` is its upper left corner."""
    draw.text(at, text, color, font(size))


def broken(text: str, width: int, size: int = TEXT) -> list[str]:
    """Break text into lines that fit."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shortened(text: str, width: int, size: int) -> str:
    """Cut a text that does not fit, in its middle, where names of files differ least."""
    if font(size).getlength(text) <= width:
        return text
    for kept in range(len(text) - 2, 1, -1):
        cut = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
        if font(size).getlength(cut) <= width:
            return cut
    return text[:1]
