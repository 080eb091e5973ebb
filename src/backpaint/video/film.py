"""A film, assembled from the files of painted frames and the sound of the clip."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from ..errors import RunError
from ..isolation.answer import ChildError
from ..isolation.child import Child
from ..isolation.limits import Limits
from ..isolation.returned import Refusal
from ..whole_file import whole_file
from ..words import printable
from .given import RESUME, advised
from .process.reader import contents

MODULE = "backpaint.video.process.assemble"
LIMITS = Limits(memory=4 << 30, seconds=12 * 3600)
"""All of a film is one process's work: its encoder cannot be handed on."""


@dataclass(frozen=True)
class FilmFrame:
    """A painted frame of a film.

    Attributes
    ----------
    path : Path
        Of its picture.
    time, duration : int
        As the clip has them, in units of its time base.
    """

    path: Path
    time: int
    duration: int


@dataclass(frozen=True)
class Form:
    """The form of a film.

    Attributes
    ----------
    size : (int, int)
        Width and height of the pictures; see `backpaint.video.process.h264.even`.
    base, rate : Fraction
        Seconds of a unit of time, and frames a second.
    sound : str or None
        The clip whose sound is copied.
    begin : float
        Where the film begins, in the clip's own times: those of MPEG-TS do not begin at 0.
    """

    size: tuple[int, int]
    base: Fraction
    rate: Fraction
    sound: str | None = None
    begin: float = 0.0


def write_film(path: str | Path, form: Form, frames: Iterable[FilmFrame], origin: int) -> None:
    """Write a film whole or not at all: H.264 in .mp4, with the times of the frames.

    Parameters
    ----------
    path : str or Path
    form : Form
    frames : iterable of FilmFrame
        At least one.
    origin : int
        Time that becomes 0.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    from .process import assemble

    frames = list(frames)
    end = float((frames[-1].time + frames[-1].duration - origin) * form.base) + form.begin
    child = Child(MODULE, LIMITS)
    try:
        with whole_file(path) as part, part.open("r+b") as file:
            _patch(child, file, assemble.begin_film, *_told(form, end))
            for frame in frames:
                _add(child, file, frame, frame.time - origin)
            _patch(child, file, assemble.finish_film)
    except (ChildError, Refusal) as error:
        why = f"found {error.found}" if isinstance(error, Refusal) else error
        raise RunError(
            f"{printable(path)}: the film could not be assembled ({why}); its frames are kept"
        ) from error
    except RunError as error:
        if isinstance(error.__cause__, OSError):
            raise advised(error) from error
        raise
    finally:
        child.close()


def _told(form: Form, end: float) -> tuple[Any, ...]:
    """Write what the child is told in words that JSON has."""
    sound = None if form.sound is None else str(Path(form.sound).absolute())
    base, rate = form.base.as_integer_ratio(), form.rate.as_integer_ratio()
    return [*form.size], list(base), list(rate), sound, form.begin, end


def _add(child: Child, file: IO[bytes], frame: FilmFrame, time: int) -> None:
    """Add a frame, whose picture somebody may have removed or damaged."""
    from .process import assemble

    try:
        _patch(child, file, assemble.add_frame, str(frame.path.absolute()), time, frame.duration)
    except Refusal as refusal:
        raise RunError(
            f"{printable(frame.path)}: expected {refusal.expected}, found {refusal.found}; remove "
            f"what is there, and paint it again with {RESUME}"
        ) from refusal


def _patch(child: Child, file: IO[bytes], function: Callable[..., Any], *arguments: Any) -> None:
    """Call a function of the child, and write what it would have written."""
    with child.call(function, *arguments) as answer:
        values, arrays = contents(answer)
    for offset, data in zip(values["offsets"], arrays, strict=True):
        file.seek(int(offset))
        file.write(data.tobytes())
