"""Frames in one pass, blended with the warped painting before them."""

from dataclasses import dataclass

import numpy as np

from ..color import keep_color
from ..fast.networks import Networks
from ..painting.control import Control
from ..stylization.one_pass import paint_numbers
from .descent import PaintedFrame
from .flow.frame import Frame
from .flow.guide import Guide
from .flow.warp import Float64


@dataclass(eq=False)
class OnePassPainter:
    """Paints frames by the network that paints in one pass.

    Attributes
    ----------
    networks : Networks
    numbers : (100,) ndarray of float64
        The style, read once.
    stability : float
        How much likeness to the warped painting counts; see `blend`.
    keeps_color : bool
        Whether the clip's colors are kept.
    base : float
        Has no use here.
    """

    networks: Networks
    numbers: Float64
    stability: float = 1.0
    keeps_color: bool = False
    base: float = 0.0

    def paint(self, frame: Frame, guide: Guide | None, control: Control) -> PaintedFrame:
        """Paint a frame; see `DescentPainter.paint`."""
        control.check()
        painted = paint_numbers(self.networks, frame.pixels, self.numbers)
        if guide is not None:
            painted = blend(painted, guide, self.stability)
        seen = np.rint(painted.clip(0, 255))
        shown = np.rint(keep_color(seen, frame.pixels)) if self.keeps_color else seen
        return PaintedFrame(seen, shown, {"evaluations": 1})


def blend(painted: Float64, guide: Guide, stability: float) -> Float64:
    """Draw a painting towards earlier ones where they are trusted.

    Parameters
    ----------
    painted : (H, W, 3) ndarray of float64
    guide : Guide
    stability : float
        S; 1 takes half of each.

    Notes
    -----
    The result p minimizes ``(p - painted)^2 + S (p - warped)^2``: the temporal term, with the one
    pass in the place of the network's loss.
    """
    for wanted in guide.wanted:
        drawn = (painted + stability * wanted.warped) / (1 + stability)
        painted = np.where(wanted.mask[..., np.newaxis], drawn, painted)
    return painted
