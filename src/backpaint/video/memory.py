"""The memory of a clip: the painted frames that the next one looks back at, and no more."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from ..painting.control import Control
from .descent import PaintedFrame
from .flow.choose import Flow
from .flow.frame import Frame
from .flow.guide import Guide, Painted, guide


class Painter(Protocol):
    """Whoever paints frames, by descent or in one pass.

    Attributes
    ----------
    base : float
        What is carried from a scene's first frame to the others; see `DescentPainter`.
    """

    base: float

    def paint(self, frame: Frame, guide: Guide | None, control: Control) -> PaintedFrame:
        """Paint a frame; without a guide it begins a scene."""
        ...


class Memory:
    """The last painted frames of a scene.

    Parameters
    ----------
    look_back : sequence of int
        How many frames back others are asked for, the nearest first.

    Notes
    -----
    What a frame looks back at is of its own scene: a cut empties the memory, and so does a frame
    that failed.
    """

    def __init__(self, look_back: Sequence[int]) -> None:
        self._look_back = sorted(look_back)
        self._painted: deque[Painted] = deque(maxlen=self._look_back[-1])

    def guide(self, frame: Frame, flow: Flow) -> Guide | None:
        """Ask earlier frames about one; None if there is none, and after a cut."""
        painted = {frame.number - one.frame.number: one for one in self._painted}
        earlier = [painted[distance] for distance in self._look_back if distance in painted]
        if 1 not in painted:
            return None
        found = guide(frame, earlier, flow)
        if found.is_cut:
            self.forget()
            return None
        return found

    def remember(self, frame: Frame, painted: PaintedFrame) -> None:
        """Keep a frame; nothing of one that failed."""
        if painted.error is None:
            self._painted.append(Painted(frame, painted.seen))
        else:
            self.forget()

    def forget(self) -> None:
        """Begin a scene."""
        self._painted.clear()
