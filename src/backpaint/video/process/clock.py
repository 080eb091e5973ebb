"""Times of frames, in the order in which they are shown, whatever stamps a file has."""

from heapq import heappop, heappush
from typing import Any

STAMPED_AS_CODED = {"avi", "asf"}
"""Formats whose packets have the time of their turn.  Where a codec shows frames in another order
than it codes them, a frame comes with the time of another; in order, the times are right."""


class Clock:
    """Gives each frame a time behind the one before it.

    Parameters
    ----------
    container : str
        FFmpeg's name of the format.
    first, usual : int
        Time of a first frame that has none, and of a usual frame's duration; in the stream's base.

    Attributes
    ----------
    has_corrected : bool
        Whether a stamp was not behind the one before it: others may come twice, too.

    Examples
    --------
    Stamps 0, 1, 2 were given to frames that are shown as the first, the third, the second:

    >>> from types import SimpleNamespace as Stamped
    >>> clock = Clock("avi", 0, 1)
    >>> for stamp in (0, 1, 2):
    ...     clock.feed(Stamped(pts=None, dts=stamp))
    >>> [clock.time_of(Stamped(pts=stamp)) for stamp in (0, 2, 1)]
    [0, 1, 2]
    """

    def __init__(self, container: str, first: int, usual: int) -> None:
        self._is_sorting = container in STAMPED_AS_CODED
        self._waiting: list[int] = []
        self._first, self._usual = first, usual
        self._last: int | None = None
        self.has_corrected = False

    def feed(self, packet: Any) -> None:
        """Learn of a packet that goes to the decoder."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if self._is_sorting and stamp is not None:
            heappush(self._waiting, stamp)

    def stand_at(self, time: int) -> None:
        """Go on behind a frame of some time."""
        self._last = time

    def time_of(self, frame: Any) -> int:
        """Return the time of the next frame that is shown."""
        time = self._earliest() if self._is_sorting else frame.pts
        if self._last is None:
            self._last = self._first if time is None else time
        elif time is None or time <= self._last:  # no stamp, or a recording that begins anew
            self._last += self._usual
            self.has_corrected = True
        else:
            self._last = time
        return int(self._last)

    def _earliest(self) -> int | None:
        """Take the earliest stamp that is left behind the last frame."""
        while self._waiting:
            stamp = heappop(self._waiting)
            if self._last is None or stamp > self._last:
                return stamp
        return None
