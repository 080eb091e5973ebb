"""The loss that runs along below a film, in the letters and colors of the contact sheets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..views.letters import FAINT, INK, PAPER, SMALL, font, width_of, write
from ..views.sheet import BAR, TRACK
from ..words import counted

SMOOTH = 3
"""Times that the lines are drawn larger, and shrunk."""
HEAD = 24
"""Pixels above the curve, for words."""
SIDE, FOOT = 10, 8
"""Pixels beside and below the curve."""
DOT = 3
"""Pixels of the dot's radius."""


@dataclass(frozen=True)
class Mark:
    """A frame's place in the run.

    Attributes
    ----------
    iteration : int
    loss : float
        The last one that was computed when the frame was taken.
    """

    iteration: int
    loss: float


class Strip:
    """The strip below the frames: the whole curve, and how far the film has come.

    Parameters
    ----------
    marks : sequence of Mark
        One for each frame; the curve goes to the right as the film does, a step for each.
    width : int
        Pixels; of the frames.

    Notes
    -----
    Losses stand on a logarithmic axis with a line for each power of ten, if all are above 0.
    """

    def __init__(self, marks: Sequence[Mark], width: int) -> None:
        self._marks, self.width = marks, width
        self.height = HEAD + max(32, width // 6) + FOOT
        values = np.array([mark.loss for mark in marks])
        values = np.log10(values) if (values > 0).all() else values
        self._low, self._high = float(values.min()), float(values.max())
        across = np.linspace(SIDE, width - SIDE, len(marks))
        self._points = np.stack([across, self._down(values)], axis=-1)  # (frames, 2)
        is_logarithmic = all(mark.loss > 0 for mark in marks)
        powers = range(math.ceil(self._low), math.floor(self._high) + 1)
        self._lines = [*powers] if is_logarithmic else []
        self._ground = self._drawn_ground()

    def picture(self, number: int) -> Image.Image:
        """Draw the strip of one frame."""
        large = self._ground.copy()
        pen = ImageDraw.Draw(large)
        points = SMOOTH * self._points[: number + 1]
        if number:
            pen.line([*map(tuple, points)], BAR, 2 * SMOOTH, joint="curve")
        (x, y), radius = points[-1], DOT * SMOOTH
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), INK)
        strip = large.resize((self.width, self.height), Image.Resampling.BOX)
        self._write(ImageDraw.Draw(strip), self._marks[number])
        return strip

    def _write(self, pen: ImageDraw.ImageDraw, mark: Mark) -> None:
        """Write the loss on the right, and the iteration on the left where there is room."""
        loss, iteration = f"loss {mark.loss:.3g}", counted(mark.iteration, "iteration")
        left = self.width - SIDE - width_of(loss, SMALL)
        write(pen, (max(left, 0), 5), loss, SMALL)
        if SIDE + font(SMALL).getlength(iteration) + SIDE <= left:
            write(pen, (SIDE, 5), iteration, SMALL, FAINT)

    def _down(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn values of the axis into pixels from above."""
        room = self.height - HEAD - FOOT - 2 * DOT
        spread = self._high - self._low
        share = (self._high - values) / spread if spread > 0 else np.full(values.shape, 0.5)
        return HEAD + DOT + room * share

    def _drawn_ground(self) -> Image.Image:
        """Draw what all frames have in common, larger."""
        large = Image.new("RGB", (SMOOTH * self.width, SMOOTH * self.height), PAPER)
        pen = ImageDraw.Draw(large)
        for power in self._lines:
            y = SMOOTH * float(self._down(np.array(float(power))))
            pen.line((SMOOTH * SIDE, y, SMOOTH * (self.width - SIDE), y), TRACK, SMOOTH)
        pen.line([*map(tuple, SMOOTH * self._points)], FAINT, SMOOTH, joint="curve")
        return large
