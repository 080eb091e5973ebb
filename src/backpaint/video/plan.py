"""The plan of a film: everything that is settled before its first frame."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UsageError, shown
from ..images import fit
from ..painting.session import Session
from ..problem.recipe import Images
from ..regular_file import open_regular
from .clip import Clip, ClipFrame
from .descent import DescentPainter
from .flow.choose import Flow
from .flow.frame import Frame
from .memory import Painter

Begin = Callable[[], Painter]
"""Builds the painter, which may take long."""


@dataclass(frozen=True, eq=False)
class FilmPlan:
    """Everything that is settled before the first frame.

    Attributes
    ----------
    clip : Clip
    count : int
        Frames to paint.
    shape : (int, int)
        Height and width that are painted.
    images : Images
        How frames are resized to it.
    begin : callable
        Builds the painter.
    flow : callable
        See `choose_flow`.
    look_back : tuple of int
    manifest : dict
        What the frames depend on, for a run that goes on.
    notes : tuple of str
    """

    clip: Clip
    count: int
    shape: tuple[int, int]
    images: Images
    begin: Begin
    flow: Flow
    look_back: tuple[int, ...]
    manifest: dict[str, Any]
    notes: tuple[str, ...] = ()

    def frames(self) -> Iterator[tuple[ClipFrame, Frame]]:
        """Yield the clip's frames as the file has them, and in the size that is painted."""
        size = None
        for number, found in enumerate(self.clip.frames(), start=1):
            size = size or found.pixels.shape
            if found.pixels.shape != size:
                raise UsageError(
                    f"{self.clip.path}: frame {number} is of another size than the first; expected "
                    "one size for all; use --end to stop before it"
                )
            yield (
                found,
                Frame(number, fit(found.pixels.astype(np.float64), self.shape, self.images)),
            )


def descent_painter(
    session: Session, iterations: tuple[int, int], stability: float
) -> DescentPainter:
    """Build the painter of a session whose content is the first frame."""
    return DescentPainter(session.build(), iterations, stability, session.optimizer_on)


def digest(path: str | Path) -> str:
    """Compute the SHA-256 of a file, which may be larger than the memory.

    Raises
    ------
    UsageError
        If it cannot be read, or is no file; a pipe is not waited for.
    """
    try:
        with open_regular(path) as file:
            digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]  # binary
            return digest.hexdigest()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; name a file") from None


def parse_distances(text: str) -> tuple[int, ...]:
    """Read how many frames back others are looked at.

    Raises
    ------
    UsageError
        If it is no list of whole numbers that begins with 1.

    Examples
    --------
    >>> parse_distances("1,2,4")
    (1, 2, 4)
    """
    numbers = _whole_numbers(text)
    if not numbers or numbers[0] != 1 or sorted(set(numbers)) != numbers:
        raise UsageError(
            f"--look-back is {shown(text)}; expected growing numbers from 1, such as 1,2,4"
        )
    return tuple(numbers)


def parse_iterations(text: str | None, usual: int) -> tuple[int, int]:
    """Read how many iterations the first frame gets, and every other.

    Parameters
    ----------
    text : str or None
        One number or two; the second one is two fifths of the first unless it is told.
    usual : int
        The recipe's.

    Raises
    ------
    UsageError
        If there are others.

    Examples
    --------
    >>> parse_iterations("100", 200), parse_iterations("100,30", 200), parse_iterations(None, 200)
    ((100, 40), (100, 30), (200, 80))
    """
    numbers = [usual] if text is None else _whole_numbers(text)
    if len(numbers) not in (1, 2) or min(numbers) < 1:
        raise UsageError(
            f"--iterations is {shown(text)}; expected one number from 1, or two such as 100,40: "
            "for the first frame, and for every other"
        )
    first = numbers[0]
    return first, numbers[1] if len(numbers) == 2 else max(1, first * 2 // 5)


def parse_time(name: str, text: str | None) -> float | None:
    """Read a time in a clip as seconds.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> parse_time("--start", "1:05.5"), parse_time("--start", "7"), parse_time("--end", None)
    (65.5, 7.0, None)
    """
    if text is None:
        return None
    parts = text.split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or not np.isfinite(numbers).all() or min(numbers) < 0:
        raise UsageError(
            f"{name} is {shown(text)}; expected seconds such as 12.5, or 1:05 or 1:02:03"
        )
    return float(sum(number * 60**power for power, number in enumerate(reversed(numbers))))


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        return []


def require_stability(value: float) -> float:
    """Return a weight that is 0 or more.

    Raises
    ------
    UsageError
        If it is not.
    """
    if not (np.isfinite(value) and value >= 0):
        raise UsageError(f"--stability is {shown(value)}; expected a number from 0")
    return value
