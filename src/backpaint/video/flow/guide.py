"""The guide of a frame: what the painted frames before it ask of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .borders import sharpen
from .choose import Flow
from .frame import Frame
from .trust import Mask, alike, nearest_first, on_border, visible, without_specks
from .warp import Float64, warp

LEAST_SHARE = 0.3
"""Share of a frame that the one before must show, or else a scene was cut."""


@dataclass(frozen=True, eq=False)
class Painted:
    """A frame that has been painted.

    Attributes
    ----------
    frame : Frame
        Of the clip.
    pixels : (H, W, 3) ndarray of float64
        Whole levels 0..255, as the network sees them: what a file of 8 bits gives back.
    """

    frame: Frame
    pixels: Float64


@dataclass(frozen=True, eq=False)
class Wanted:
    """A warped painting, and where it is wanted.

    Attributes
    ----------
    distance : int
        How many frames earlier it was painted.
    warped : (H, W, 3) ndarray of float64
    mask : (H, W) ndarray of bool
    """

    distance: int
    warped: Float64
    mask: Mask


@dataclass(frozen=True, eq=False)
class Guide:
    """The paintings and places that earlier frames ask of one.

    Attributes
    ----------
    wanted : tuple of Wanted
        The nearest first; no two ask for the same pixel.
    shown : (H, W) ndarray of bool
        What the frame before shows, too.  It is more than what is asked for: at the borders of
        motions, a slightly wrong painting is nearer to the right one than anything else.
    is_cut : bool
        Whether the frame shows another scene.
    """

    wanted: tuple[Wanted, ...]
    shown: Mask
    is_cut: bool = False

    def start(self, revealed: Float64) -> Float64:
        """Return the nearest painting, warped, and what is `revealed` where nothing shows it.

        Where the frame before is not trusted and one farther back is, that one is taken: what comes
        back from behind something begins as it was painted before.
        """
        start = np.where(self.shown[..., np.newaxis], self.wanted[0].warped, revealed)
        for wanted in self.wanted[1:]:
            start = np.where(wanted.mask[..., np.newaxis], wanted.warped, start)
        return start

    @property
    def painted(self) -> Mask:
        """Return where `start` is a painting, (H, W)."""
        masks = [self.shown, *(wanted.mask for wanted in self.wanted[1:])]
        return np.asarray(np.logical_or.reduce(masks))


def guide(frame: Frame, earlier: Sequence[Painted], flow: Flow) -> Guide:
    """Warp earlier paintings to a frame, and find where they are to be trusted.

    Parameters
    ----------
    frame : Frame
    earlier : sequence of Painted
        The nearest first; at least one.
    flow : callable
        See `choose_flow`.
    """
    paintings, seen, like, masks = [], [], [], []
    for painted in earlier:
        back = sharpen(flow(frame, painted.frame), frame, painted.frame)
        forth = sharpen(flow(painted.frame, frame), painted.frame, frame)
        paintings.append(warp(painted.pixels, back))
        seen.append(visible(back, forth))
        like.append(alike(back, frame, painted.frame))
        masks.append(without_specks(like[-1] | (seen[-1] & ~on_border(back))))
    distances = [frame.number - painted.frame.number for painted in earlier]
    wanted = map(Wanted, distances, paintings, nearest_first(masks))
    is_cut = float(seen[0].mean()) < LEAST_SHARE  # what looks alike may do so by chance
    return Guide(tuple(wanted), without_specks(seen[0] | like[0]), is_cut)
