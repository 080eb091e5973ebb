"""The base of all views: each becomes a picture, and can be saved."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import whole_number
from ..images import Photograph, write_image
from ..images.resize import resize
from ..painting.pictures import Picture, photograph

Bytes = NDArray[np.uint8]


class View(ABC):
    """Something to look at."""

    @abstractmethod
    def sheet(self) -> Bytes:
        """Draw it: (H, W, 3) bytes, R, G, B."""

    def save(self, path: str | bytes | Path) -> None:
        """Write the drawing, whole or not at all; the extension chooses the format.

        Raises
        ------
        UsageError
            If the extension names no known format.
        RunError
            If it cannot be written.
        """
        write_image(path, self.sheet().astype(np.float64))


def shrunken(picture: Picture, size: int) -> Photograph:
    """Read a picture, and shrink it until its longer side has at most `size` pixels.

    Raises
    ------
    UsageError
        If it cannot be read, or `size` is less than 1.
    """
    size = whole_number("size", size, least=1)
    photo = photograph(picture)
    height, width, _ = photo.pixels.shape
    part = size / max(height, width)
    if part >= 1:
        return photo
    shape = (max(1, round(part * height)), max(1, round(part * width)))
    return Photograph(resize(photo.pixels, *shape).clip(0, 255), None, photo.name, photo.notes)


def as_bytes(pixels: NDArray[Any]) -> Bytes:
    """Round pixels 0..255."""
    return np.asarray(np.rint(pixels.clip(0, 255)), np.uint8)


def short(value: float) -> str:
    """Write a number with three digits.

    Examples
    --------
    >>> short(0.0), short(1234.5), short(0.00123), short(2.5e7)
    ('0', '1,234', '0.00123', '2.5e+07')
    """
    if value and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
