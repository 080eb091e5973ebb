"""The course of a film: frame after frame, each kept when it is painted."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError, UsageError
from ..painting.control import Control, Stopped
from ..regular_file import is_same_file
from ..whole_file import require_writable
from ..words import counted, duration, printable
from .clip import ClipFrame
from .descent import PaintedFrame
from .film import FilmFrame, Form, write_film
from .flow.frame import Frame
from .folder import FramesFolder
from .memory import Memory, Painter
from .plan import FilmPlan

RECENT = 5
"""Frames that the time left is told from."""

Say = Callable[[str], None]


@dataclass(eq=False)
class Course:
    """A film in the making.

    Attributes
    ----------
    plan : FilmPlan
    folder : FramesFolder
    say : callable
        Is told of every frame.
    control : Control
        Stops it from elsewhere.
    kept : list of dict
        The log's lines of frames that are kept.
    failed : list of str
        What went wrong with frames.
    interrupted : bool
    """

    plan: FilmPlan
    folder: FramesFolder
    say: Say
    control: Control
    kept: list[dict[str, Any]]
    failed: list[str] = field(default_factory=list)
    interrupted: bool = False
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    def paint(self) -> None:
        """Paint the frames that are missing, until the last one or until it is stopped."""
        memory = Memory(self.plan.look_back)
        painter = self.plan.begin()
        done = {line["frame"]: line for line in self.kept}
        first = len(done) - max(self.plan.look_back)
        for found, frame in self.plan.frames():
            if frame.number in done:
                self._recall(done[frame.number], frame, memory, painter, frame.number > first)
            elif not self._paint(found, frame, memory, painter):
                self.interrupted = True
                return

    def write(self, path: str | Path) -> None:
        """Write the film of the frames that are kept."""
        clip = self.plan.clip
        lines = self.kept
        frames = [
            FilmFrame(self.folder.picture(line["frame"]), line["time"], line["duration"])
            for line in lines
        ]
        height, width = self.plan.shape
        origin = clip.facts["start"] if clip.begin == 0 else lines[0]["time"]
        form = Form(
            (width, height),
            clip.base,
            Fraction(*clip.facts["rate"]) / clip.every,
            clip.path if clip.facts["sound_fits"] else None,
            float(origin * clip.base),
        )
        write_film(path, form, frames, origin)

    def _recall(
        self, line: dict[str, Any], frame: Frame, memory: Memory, painter: Painter, near: bool
    ) -> None:
        """Stand where the run stood behind a frame that is kept."""
        painter.base = line["base"]
        if line["cut"]:
            memory.forget()
        if line["error"] is not None:
            self.failed.append(f"frame {frame.number}: {line['error']}")
        if near:
            seen = self.folder.seen(frame.number)
            memory.remember(frame, PaintedFrame(seen, seen, error=line["error"]))

    def _paint(self, found: ClipFrame, frame: Frame, memory: Memory, painter: Painter) -> bool:
        """Paint and keep a frame; False where it was stopped before it was finished."""
        begin = time.perf_counter()
        guide = memory.guide(frame, self.plan.flow)
        cut = guide is None
        try:
            painted = painter.paint(frame, guide, self.control)
        except Stopped:
            return False
        if painted.interrupted:
            return False
        memory.remember(frame, painted)
        trusted = (
            None if guide is None else float(np.mean([w.mask.mean() for w in guide.wanted[:1]]))
        )
        line = {
            "time": found.time,
            "duration": found.duration,
            "cut": cut,
            "trusted": trusted,
            "base": painter.base,
            "error": painted.error,
            **painted.facts,
        }
        self.folder.keep(frame.number, painted, line)
        self.kept.append({"frame": frame.number, **line})
        self._tell(frame, line, time.perf_counter() - begin)
        return True

    def _tell(self, frame: Frame, line: dict[str, Any], seconds: float) -> None:
        """Report a frame, and how long the rest will take."""
        self._recent.append(seconds)
        left = (self.plan.count - frame.number) * float(np.mean(self._recent))
        parts = [
            f"frame {frame.number} of {self.plan.count}",
            counted(line["evaluations"], "evaluation"),
        ]
        if line["trusted"] is not None:
            parts.append(f"{100 * line['trusted']:.0f} % trusted")
        elif frame.number > 1:
            parts.append("a new scene")
        if line["error"] is not None:
            self.failed.append(f"frame {frame.number}: {line['error']}")
            parts.append(line["error"])
        if frame.number < self.plan.count:
            parts.append(f"about {duration(left)} left")
        self.say(", ".join(parts))


@dataclass(frozen=True, eq=False)
class PaintedVideo:
    """The result of `backpaint.paint_video`.

    Attributes
    ----------
    path : str or Path
        The film's, of all frames or of those so far.
    frames : list of dict
        For each frame ``frame``, its number from 1; ``time`` and ``duration`` in the clip's units;
        ``cut``: whether it begins a scene; ``trusted``: the share of it that the frame before
        shows; ``evaluations``, and the ``loss`` of a descent.
    count : int
        Frames that were to be painted.
    notes : tuple of str
        What was converted or left out on the way.
    interrupted : bool
        Whether it was stopped; ``resume=True`` goes on.
    failed : list of str
        What went wrong with frames: they show their last good pictures.
    """

    path: str | Path
    frames: list[dict[str, Any]]
    count: int
    notes: tuple[str, ...]
    interrupted: bool
    failed: list[str]

    def require_whole(self) -> None:
        """Raise RunError if a frame failed; the film has its last good picture."""
        if self.failed:
            raise RunError(
                f"{counted(len(self.failed), 'frame')} failed and shows its last good picture; "
                f"{self.failed[0]}"
            )


def require_film(path: str | Path, inputs: Iterable[str | Path]) -> None:
    """Raise UsageError for a film that could not be written, or not without a loss."""
    name = printable(path)
    if Path(path).suffix.lower() != ".mp4":
        raise UsageError(f"{name}: expected a film's name that ends in .mp4; rename the output")
    require_writable(path)
    FramesFolder.of(path).require_name()
    if any(is_same_file(path, other) for other in inputs):
        raise UsageError(f"{name} is an input as well as an output; choose another output")


def make_film(
    plan: FilmPlan,
    path: str | Path,
    *,
    resume: bool,
    keep_frames: bool,
    say: Say,
    control: Control,
    on_painted: Callable[[], None] = lambda: None,
) -> PaintedVideo:
    """Paint what is missing of a film, and write it.

    Parameters
    ----------
    plan : FilmPlan
        Its clip is closed at the end.
    path : str or Path
        Of the film.
    resume : bool
        Whether frames that are there are gone on with.
    keep_frames : bool
        Whether those of a finished film stay.
    say, control
        As for `Course`.
    on_painted : callable
        Called before the film is written.
    """
    try:
        folder = FramesFolder.of(path)
        kept = folder.begin(plan.manifest, resume=resume)
        say(_announce(plan, len(kept)))
        course = Course(plan, folder, say, control, kept)
        course.paint()
        on_painted()
        if course.kept:
            course.write(path)
    finally:
        plan.clip.close()
    if not (course.interrupted or keep_frames):
        folder.remove()
    return PaintedVideo(
        path, course.kept, plan.count, plan.notes, course.interrupted, course.failed
    )


def _announce(plan: FilmPlan, kept: int) -> str:
    """Return what will be done."""
    height, width = plan.shape
    lines = [f"painting {counted(plan.count, 'frame')} at {width} x {height}"]
    if kept:
        lines.append(f"going on behind frame {kept}")
    return "\n".join([*lines, *(f"note: {note}" for note in plan.notes)])
