"""Edges as total variation sees them: differences between neighbors, or Sobel's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from ..errors import UsageError, require_choice
from ..painting.pictures import Picture, as_pictures
from .sheet import Tile, draw_sheet
from .view import Bytes, View, as_bytes, short, shrunken

Kind = Literal["highpass", "sobel"]
WIDTH = 300
"""Of a picture on the sheet, in pixels."""
GAINS = {"highpass": 2.0, "sobel": 0.25}
"""Of the drawing: ``gain * edge + 1/2`` for a picture from 0 to 1, as in TensorFlow's tutorial."""
TITLES = {"highpass": "Differences between neighbors", "sobel": "Sobel's edges"}
EXPLANATIONS = {
    "highpass": "Total variation adds up their magnitudes, and keeps a painting from flickering.",
    "sobel": "Each averages over three rows or columns, with weights 1, 2, 1.",
}


@dataclass(frozen=True, eq=False)
class Edges(View):
    """The edges of some pictures.

    Attributes
    ----------
    kind : {"highpass", "sobel"}
    names : tuple of str
    pictures : tuple of (H, W, 3) ndarray of float64
        R, G, B from 0 to 255.
    horizontal, vertical : tuple of (H, W, 3) ndarray of float64
        How the pixels change along a row, and along a column; ``highpass`` has one column less
        (one row less).
    """

    kind: Kind
    names: tuple[str, ...]
    pictures: tuple[NDArray[np.float64], ...]
    horizontal: tuple[NDArray[np.float64], ...]
    vertical: tuple[NDArray[np.float64], ...]

    @property
    def variations(self) -> tuple[float, ...]:
        """The sum of the absolute differences of each picture's neighbors, R, G, B in 0..255."""
        return tuple(
            float(sum(np.abs(np.diff(picture, axis=axis)).sum() for axis in (0, 1)))
            for picture in self.pictures
        )

    def sheet(self) -> Bytes:
        """Draw a row for each picture: itself, horizontal edges, vertical edges."""
        tiles = []
        for index, name in enumerate(self.names):
            picture = self.pictures[index]
            per_number = self.variations[index] / picture.size
            size = f"{picture.shape[1]} x {picture.shape[0]}, total variation"
            tiles.append(Tile(as_bytes(picture), name, f"{size} {short(per_number)} a number"))
            for text, edges in (
                ("along rows", self.horizontal[index]),
                ("along columns", self.vertical[index]),
            ):
                gray = as_bytes(255 * (GAINS[self.kind] * edges / 255 + 0.5))
                mean = float(np.abs(edges).mean()) if edges.size else 0.0
                tiles.append(Tile(gray, text, f"mean of the absolute values {short(mean)}"))
        subtitle = f"Gray is no change; colors by themselves. {EXPLANATIONS[self.kind]}"
        return draw_sheet(TITLES[self.kind], subtitle, tiles, width=WIDTH, columns=3)


def look_at_edges(
    images: Picture | Iterable[Picture], kind: Kind = "highpass", *, size: int = 512
) -> Edges:
    """Look at the edges of pictures, side by side.

    Parameters
    ----------
    images : picture, or iterable of pictures
        As for `look`; such as content, style and painting.
    kind : {"highpass", "sobel"}
        Differences between neighbors; or Sobel's filter, which is 8 times as steep and averages
        over three rows.
    size : int
        Longer sides are shrunk to this many pixels.

    Returns
    -------
    Edges

    Raises
    ------
    UsageError
        If a picture cannot be read, or there is no such kind.

    References
    ----------
    .. [1] TensorFlow, "Neural style transfer", section "Total variation loss".

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.zeros((4, 5, 3)) + 10 * np.arange(5)[:, np.newaxis]
    >>> edges = look_at_edges(ramp, "sobel")
    >>> float(edges.horizontal[0][1, 1, 0]), float(edges.vertical[0][1, 1, 0])
    (80.0, 0.0)
    """
    require_choice("kind", kind, tuple(GAINS))
    photos = [shrunken(image, size) for image in as_pictures(images)]
    if not photos:
        raise UsageError("there is no picture; give at least one")
    slopes = [_slopes(photo.pixels, kind) for photo in photos]
    return Edges(
        kind,
        tuple(photo.name for photo in photos),
        tuple(photo.pixels for photo in photos),
        tuple(horizontal for horizontal, _ in slopes),
        tuple(vertical for _, vertical in slopes),
    )


def _slopes(
    pixels: NDArray[np.float64], kind: Kind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute horizontal and vertical edges of (H, W, 3) pixels."""
    if kind == "highpass":
        return np.diff(pixels, axis=1), np.diff(pixels, axis=0)
    return tuple(
        np.stack(
            [scipy.ndimage.sobel(pixels[:, :, c], axis, mode="mirror") for c in range(3)], axis=-1
        )
        for axis in (1, 0)
    )  # type: ignore[return-value]
