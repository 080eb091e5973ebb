"""The picture of a decoded frame: upright, with square pixels, in sRGB of 8 bits."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...isolation.returned import Refusal
from .colors import NAMES, is_ordinary, to_srgb

TURNS = {90: 1, 180: 2, 270: 3, -90: 3, -180: 2}
"""Quarter turns to the left that a display matrix asks for."""
UNSPECIFIED, BT709 = 2, 1
"""How FFmpeg calls a matrix of Y'CbCr: that of no stream that says it, and that of HD."""
OLDER = 576
"""Rows of the tallest pictures that are taken for those of BT.601 where nothing says it."""
ODDEST = 4
"""Times that a pixel is wider than high, or higher than wide; more is no size but a damage."""


class Form:
    """The form of a stream's frames, as the stream tells it.

    Parameters
    ----------
    stream : av.video.stream.VideoStream
    """

    def __init__(self, stream: Any) -> None:
        context = stream.codec_context
        self._transfer, self._primaries = int(context.color_trc), int(context.color_primaries)
        self._has_alpha = stream.metadata.get("alpha_mode") == "1"  # FFmpeg's VP9 decodes none
        aspect = stream.sample_aspect_ratio or Fraction(1)
        is_odd = not Fraction(1, ODDEST) <= aspect <= ODDEST
        self._aspect = Fraction(1) if is_odd else aspect

    def picture(self, frame: Any, most_pixels: int) -> NDArray[np.uint8]:
        """Convert a frame.

        Returns
        -------
        (H, W, 3) ndarray of uint8

        Raises
        ------
        Refusal
            If it would have more pixels than `most_pixels`.
        """
        width, height = self._size(frame)
        if width * height > most_pixels:
            raise Refusal(
                f"{width} x {height}", f"frames of at most {most_pixels / 1e6:g} megapixels"
            )
        is_ordinary_color = is_ordinary(self._transfer, self._primaries)
        is_untold = frame.colorspace == UNSPECIFIED and frame.height > OLDER
        pixels = frame.reformat(
            width=width,
            height=height,
            format="rgb24" if is_ordinary_color else "rgb48le",
            src_colorspace=BT709 if is_untold else None,
        ).to_ndarray()
        if not is_ordinary_color:
            pixels = to_srgb(pixels, self._transfer, self._primaries)
        return np.ascontiguousarray(np.rot90(pixels, TURNS.get(frame.rotation, 0)))

    def notes(self, frame: Any) -> list[str]:
        """List what is converted, or left as it is."""
        parts, notes = frame.format.components, []
        if frame.rotation in TURNS:
            notes.append("turned upright")
        size = self._size(frame)
        if size != (frame.width, frame.height):
            notes.append(
                f"its pixels are no squares: {frame.width} x {frame.height} is painted as "
                f"{size[0]} x {size[1]}"
            )
        if self._transfer in NAMES:
            notes.append(f"HDR ({NAMES[self._transfer]}): its light is mapped to ordinary screens")
        elif not is_ordinary(self._transfer, self._primaries):
            notes.append("a wide gamut: its colors are converted to sRGB")
        if max(part.bits for part in parts) > 8:
            notes.append("more than 8 bits a color, painted with 8")
        if self._has_alpha or any(part.is_alpha for part in parts):
            notes.append("opacity ignored")
        if frame.interlaced_frame:
            notes.append("interlaced, and painted so: deinterlace it first for smooth motion")
        return notes

    def _size(self, frame: Any) -> tuple[int, int]:
        """Return width and height with square pixels; the longer way, so that nothing is lost."""
        if self._aspect >= 1:
            return max(1, round(frame.width * self._aspect)), frame.height
        return frame.width, max(1, round(frame.height / self._aspect))
