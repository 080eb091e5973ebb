"""A clip, read frame by frame through a child process that decodes it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..images.read import MAX_MEGAPIXELS
from ..regular_file import open_regular
from ..words import printable
from .process.reader import AT_ONCE, Reader

MOST_FRAMES = 1_000_000
"""Of a clip, or of the part that is wanted; eleven hours of 25 a second."""


@dataclass(frozen=True, eq=False)
class ClipFrame:
    """A frame as the file has it.

    Attributes
    ----------
    time, duration : int
        In units of the clip's time base; until the next frame that is wanted, or the clip's end.
    pixels : (H, W, 3) ndarray of uint8
        R, G, B, upright.
    notes : tuple of str
        What was converted on the way.
    """

    time: int
    duration: int
    pixels: NDArray[np.uint8]
    notes: tuple[str, ...]


class Clip:
    """A file of moving pictures, or a part of it.

    Parameters
    ----------
    path : str
    begin : float
        Seconds of the first frame wanted.
    end : float or None
        Seconds of the first frame that is not.
    every : int
        1: each frame; 2: each second one.

    Attributes
    ----------
    damaged : int
        Packets and frames that `count` found damaged.
    """

    def __init__(
        self, path: str, begin: float = 0.0, end: float | None = None, every: int = 1
    ) -> None:
        self.path, self.begin, self.every = path, begin, every
        self.damaged = 0
        self._reader = Reader(path, begin, end)

    def open(self) -> None:
        """Begin at the first frame.

        Raises
        ------
        UsageError
            If it is no clip, or cannot be read.
        """
        require_av()
        try:
            with open_regular(self.path):
                pass
        except OSError as error:
            raise UsageError(
                f"{printable(self.path)}: expected a clip, found: {error.strerror}; name another"
            ) from None
        self._reader.open()

    def close(self) -> None:
        """End the process that reads it."""
        self._reader.close()

    @property
    def end(self) -> float | None:
        """Seconds of the first frame that is not wanted."""
        return self._reader.end

    @property
    def facts(self) -> dict[str, Any]:
        """Facts that its file tells; see `backpaint.video.process.decode.open_clip`."""
        return self._reader.facts

    @property
    def base(self) -> Fraction:
        """Seconds of a unit of time."""
        return Fraction(*self.facts["time_base"])

    def count(self) -> int:
        """Decode all of it, to know that it is whole and how many frames are wanted.

        Raises
        ------
        UsageError
            If it is damaged, or there are none.
        """
        self.open()
        total, passed, self.damaged = 0, AT_ONCE, 0
        while passed == AT_ONCE:
            found = self._reader.pass_over(AT_ONCE)
            passed = found["passed"]
            total += passed
            self.damaged += found["damaged"]
            if total > MOST_FRAMES:
                self.close()
                raise UsageError(
                    f"{printable(self.path)}: expected at most {MOST_FRAMES:,} frames, found more; "
                    "choose a part by its start and end"
                )
        if not total:
            self.close()
            raise UsageError(f"{printable(self.path)}: {self._nothing()}")
        return -(-total // self.every)

    def _nothing(self) -> str:
        """Return why no frame was found."""
        if self.begin == 0 and self.end is None:
            return (
                "expected frames, found none that can be read: the clip is damaged or was cut "
                "short; export or copy it again"
            )
        return (
            "expected frames between the times asked for, found none; choose another start or end"
        )

    def frames(self) -> Iterator[ClipFrame]:
        """Yield the frames that are wanted, from the first."""
        self.open()
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> ClipFrame | None:
        """Decode a frame, and those behind it that it stands for."""
        values, arrays = self._reader.next_frame(int(MAX_MEGAPIXELS * 1_000_000))
        if not values:
            return None
        time, end = values["time"], values["time"] + values["duration"]
        left = self.every - 1
        while left:
            passed = self._reader.pass_over(left)
            end = end if passed["end"] is None else passed["end"]
            left = left - passed["passed"] if passed["passed"] == min(left, AT_ONCE) else 0
        return ClipFrame(time, end - time, arrays[0], tuple(values["notes"]))


def require_av() -> None:
    """Raise UsageError where the library that reads and writes films is not installed."""
    found = None
    with suppress(ValueError):
        found = find_spec("av")
    if found is None:
        raise UsageError(
            "clips need PyAV, which is not installed; run: pip install 'backpaint[video]'"
        )
