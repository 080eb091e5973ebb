"""The process that reads a clip, seen from the one that wants its frames."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ...errors import UsageError
from ...isolation.answer import Answer, ChildError
from ...isolation.child import Child
from ...isolation.limits import Limits
from ...isolation.returned import Refusal
from ...words import printable

MODULE = "backpaint.video.process.decode"
LIMITS = Limits(memory=4 << 30, seconds=120)
AT_ONCE = 200
"""Frames that are passed over in a call, so that no call takes long."""

Values = dict[str, Any]


@dataclass(eq=False)
class Reader:
    """Reads the frames of a clip that lie between two times.

    Attributes
    ----------
    path : str
    begin : float
        Seconds of the first frame wanted.
    end : float or None
        Seconds of the first frame that is not.
    facts : dict
        See `backpaint.video.process.decode.open_clip`.

    Notes
    -----
    A process gets so much time and no more, and then another one goes on: behind the last frame if
    its stamp tells it from all others, and else by decoding all of them once more.  The next one
    then has twice the time, so that it comes further.
    """

    path: str
    begin: float = 0.0
    end: float | None = None
    facts: Values = field(default_factory=dict)
    _child: Child | None = None
    _taken: int = 0
    _place: list[Any] | None = None
    _limits: Limits = LIMITS

    def open(self) -> None:
        """Begin at the first frame."""
        self._taken, self._place, self._limits = 0, None, LIMITS
        self._reopen()

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def next_frame(self, most_pixels: int) -> tuple[Values, list[NDArray[Any]]]:
        """Decode a frame; see `backpaint.video.process.decode.next_frame`."""
        from . import decode

        self._require_child()
        values, arrays = self._call(decode.next_frame, most_pixels)
        if values:
            self._taken, self._place = self._taken + 1, values["place"]
        return values, arrays

    def pass_over(self, count: int) -> Values:
        """Decode at most `AT_ONCE` frames; see `backpaint.video.process.decode.pass_over`."""
        from . import decode

        self._require_child()
        values, _ = self._call(decode.pass_over, min(count, AT_ONCE))
        self._taken += values["passed"]
        self._place = values["place"] or self._place
        return values

    def _require_child(self) -> None:
        """Go on in another process where this one has worked its time."""
        if self._child is None or not self._child.is_running:
            self._reopen()

    def _reopen(self) -> None:
        """Start a process, and bring it to where the one before stood."""
        from . import decode

        self.close()
        after = self._place if self._place is not None and self._place[1] is not None else None
        repeated = self._taken if after is None else 0
        if repeated:
            self._limits = replace(self._limits, seconds=2 * self._limits.seconds)
        self._child = Child(MODULE, self._limits)
        path = str(Path(self.path).absolute())
        self.facts, _ = self._call(decode.open_clip, path, self.begin, self.end, after)
        for begin in range(0, repeated, AT_ONCE):
            self._repeat(min(AT_ONCE, repeated - begin))

    def _repeat(self, count: int) -> None:
        """Decode frames that another process has decoded."""
        from . import decode

        values, _ = self._call(decode.pass_over, count)
        if values["passed"] < count:
            self.close()
            with readable(self.path):
                raise Refusal("fewer frames than before", "a clip that nobody writes to")

    def _call(
        self, function: Callable[..., Any], *arguments: Any
    ) -> tuple[Values, list[NDArray[Any]]]:
        """Call a function of the child; a file that it cannot read is the user's."""
        assert self._child is not None
        try:
            with readable(self.path), self._child.call(function, *arguments) as answer:
                return contents(answer)
        except UsageError:
            self.close()
            raise


def contents(answer: Answer) -> tuple[Values, list[NDArray[Any]]]:
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
