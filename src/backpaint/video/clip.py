"""A clip, read frame by frame through a child process that decodes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..images.read import MAX_MEGAPIXELS
from ..isolation.answer import Answer, ChildError
from ..isolation.child import Child
from ..isolation.limits import Limits
from ..isolation.returned import Refusal
from ..regular_file import open_regular
from ..words import printable

MODULE = "backpaint.video.process.decode"
LIMITS = Limits(memory=4 << 30, seconds=120)
AT_ONCE = 200
"""Frames that are passed over in a call, so that no call takes long."""
MOST_FRAMES = 1_000_000
"""Of a clip, or of the part that is wanted; eleven hours of 25 a second."""


@dataclass(frozen=True, eq=False)
class ClipFrame:
    """A frame as the file has it.

    Attributes
    ----------
    time, duration : int
        In units of the clip's time base.
    pixels : (H, W, 3) ndarray of uint8
        R, G, B, upright.
    notes : tuple of str
        What was converted on the way.
    """

    time: int
    duration: int
    pixels: NDArray[np.uint8]
    notes: tuple[str, ...]


@dataclass(eq=False)
class Clip:
    """A file of moving pictures, or a part of it.

    Attributes
    ----------
    path : str
    begin : float
        Seconds of the first frame wanted.
    end : float or None
        Seconds of the first frame that is not.
    every : int
        1: each frame; 2: each second one.
    facts : dict
        See `backpaint.video.process.decode.open_clip`.
    damaged : int
        Packets and frames that `count` found damaged.
    """

    path: str
    begin: float = 0.0
    end: float | None = None
    every: int = 1
    facts: dict[str, Any] = field(default_factory=dict)
    damaged: int = 0
    _child: Child | None = None
    _last: list[int | None] | None = None

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
        self._last = None
        self._reopen()

    def close(self) -> None:
        """End the process that reads it."""
        if self._child is not None:
            self._child.close()
            self._child = None

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
            passed = self._pass_over(AT_ONCE)
            total += passed
            if total > MOST_FRAMES:
                self.close()
                raise UsageError(
                    f"{printable(self.path)}: expected at most {MOST_FRAMES:,} frames, found more; "
                    "choose a part by --start and --end"
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
            "expected frames between the times asked for, found none; choose another --start or "
            "--end"
        )

    def frames(self) -> Iterator[ClipFrame]:
        """Yield the frames that are wanted, from the first."""
        self.open()
        skip = 0
        while (found := self._next(skip)) is not None:
            yield found
            skip = self.every - 1

    def _next(self, skip: int) -> ClipFrame | None:
        """Decode the frame behind those that are left out."""
        from .process import decode

        if skip and self._pass_over(skip) < skip:
            return None
        self._require_child()
        values, arrays = self._call(decode.next_frame, int(MAX_MEGAPIXELS * 1_000_000))
        if not values:
            return None
        self._last = values["place"]
        return ClipFrame(values["time"], values["duration"], arrays[0], tuple(values["notes"]))

    def _pass_over(self, count: int) -> int:
        """Decode frames that are not wanted; return how many there were."""
        from .process import decode

        self._require_child()
        values, _ = self._call(decode.pass_over, count)
        self._last = values["place"] or self._last
        self.damaged += values["damaged"]
        return int(values["passed"])

    def _require_child(self) -> None:
        """Go on in another process where this one has worked its time."""
        if self._child is None or not self._child.is_running:
            self._reopen()

    def _reopen(self) -> None:
        from .process import decode

        self.close()
        self._child = Child(MODULE, LIMITS)
        path = str(Path(self.path).absolute())
        self.facts, _ = self._call(decode.open_clip, path, self.begin, self.end, self._last)

    def _call(
        self, function: Callable[..., Any], *arguments: Any
    ) -> tuple[dict[str, Any], list[NDArray[Any]]]:
        """Call a function of the child; a file that it cannot read is the user's."""
        assert self._child is not None
        try:
            with readable(self.path), self._child.call(function, *arguments) as answer:
                return contents(answer)
        except UsageError:
            self.close()
            raise


def contents(answer: Answer) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Transfer all arrays of an answer."""
    return answer.values, [array.read() for array in answer.arrays]


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Raise UsageError, in one sentence, where a child refuses a file or fails over it."""
    name = printable(path)
    try:
        yield
    except Refusal as refusal:
        raise UsageError(
            f"{name}: expected {refusal.expected}, found {refusal.found}; export or copy it again"
        ) from None
    except ChildError as error:
        raise UsageError(
            f"{name}: expected a clip that can be read, found that {error}; export it again"
        ) from error


def require_av() -> None:
    """Raise UsageError where the library that reads and writes films is not installed."""
    found = None
    with suppress(ValueError):
        found = find_spec("av")
    if found is None:
        raise UsageError(
            "clips need PyAV, which is not installed; run: pip install 'backpaint[video]'"
        )
