"""The listener of a run that makes its film."""

from collections.abc import Callable
from functools import partial
from math import nan
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..engine.objective import Objective
from ..errors import RunError, require_callable
from ..painting.diary.progress import Stages, expected_in_all
from ..painting.painting import Painting, finished_pixels
from ..painting.run import OnEvaluation, OnIteration
from ..painting.session import Start
from ..painting.standing import Record, Standing
from ..problem.pixels import Pixels
from .curve import Mark, Strip
from .encoders import write_film
from .film import Film
from .reel import Bytes, Reel
from .spacing import Spacing, durations, most_frames, ratio_for


class Recorder:
    """Takes frames of a run as it goes on, and writes the film at its end.

    Parameters
    ----------
    film : Film
        Checked.
    stages : sequence of (Optimizer, int)
        Of the session: their iterations share the film's time.

    Attributes
    ----------
    trouble : str or None
        Why the film ends before the run, where there was no room for its frames.

    Notes
    -----
    No run waits for a film's encoder.  Memory holds one frame, whatever the film's length; a file
    without a name beside the film holds the others until the end.
    """

    def __init__(self, film: Film, stages: Stages) -> None:
        self._film, self._last = film, expected_in_all(stages)
        self._objective: Objective | None = None
        self._reel: Reel | None = None
        self._marks: list[Mark] = []
        self._loss: float | None = None
        self._spacing = Spacing(0, 1.0)
        self.trouble: str | None = None

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reel is not None:
            self._reel.close()

    def listeners(
        self, on_evaluation: OnEvaluation | None = None, on_iteration: OnIteration | None = None
    ) -> dict[str, Any]:
        """Return what `Session.paint` is to call: the recorder, and whoever else listens."""
        require_callable("callback", on_evaluation)
        require_callable("on_iteration", on_iteration)
        return {
            "on_start": self.on_start,
            "on_evaluation": _both(self.on_evaluation, on_evaluation),
            "on_iteration": _both(self.on_iteration, on_iteration),
        }

    def on_start(self, start: Start, picture: NDArray[np.float64], objective: Objective) -> None:
        """Take the first frame: where the run begins, or goes on."""
        self._objective = objective
        stood = start.at if isinstance(start.at, Standing) else None
        first = 0 if stood is None else stood.iterations
        if stood is not None and stood.history:
            self._loss = stood.history[-1].loss
        ratio = ratio_for(first, self._last, most_frames(self._film.seconds) - 1)
        self._spacing = Spacing(first, ratio)
        self._take(first, finished_pixels(picture, objective))

    def on_evaluation(self, record: Record) -> None:
        """Learn of a loss."""
        if self._loss is None and self._marks:  # that of the first frame
            self._marks[0] = Mark(self._marks[0].iteration, record.loss)
        self._loss = record.loss

    def on_iteration(self, iteration: int, x: NDArray[np.float64]) -> None:
        """Take a frame, where one is due."""
        if self._objective is not None and self._spacing.is_due(iteration):
            self._take(iteration, finished_pixels(x, self._objective))

    def finish(self, painting: Painting) -> None:
        """Write the film of what was painted, however the run ended.

        Raises
        ------
        RunError
            If it cannot be written.
        """
        if painting.history:
            self._take(painting.iterations, painting.pixels, is_last=True)
            self._write()

    def _take(self, iteration: int, pixels: Pixels, *, is_last: bool = False) -> None:
        """Keep a frame; the painting may be the last one already."""
        if self.trouble is not None:
            return
        try:
            reel = self._reel = self._reel or Reel(Path(self._film.path).resolve().parent)
            frame = shrunk(pixels, self._film.size)
            if is_last and len(reel) > 1 and np.array_equal(reel[len(reel) - 1], frame):
                return
            reel.add(frame)
            self._marks.append(Mark(iteration, nan if self._loss is None else self._loss))
        except OSError as error:  # the run goes on: its picture matters more
            self.trouble = f"the film ends before iteration {iteration}: {error.strerror}"

    def _write(self) -> None:
        reel = self._reel
        if reel is None or not len(reel):
            raise RunError(f"{self._film.path} could not be written: {self.trouble}")
        strip = Strip(self._marks, reel.shape[1]) if self._film.curve else None
        frames = [partial(composed, reel, strip, number) for number in range(len(reel))]
        write_film(self._film.path, frames, durations(len(reel), self._film.seconds))


def _both(first: Callable[..., None], second: Callable[..., None] | None) -> Callable[..., None]:
    """Return a function that calls two, or the only one."""
    if second is None:
        return first

    def call(*told: Any) -> None:
        first(*told)
        second(*told)

    return call


def shrunk(pixels: Pixels, size: int) -> Bytes:
    """Return pixels as bytes, with a longer side of at most some size."""
    image = Image.fromarray(np.rint(pixels).astype(np.uint8))
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    return np.asarray(image)


def composed(reel: Reel, strip: Strip | None, number: int) -> Image.Image:
    """Return a frame of the film, with the strip below it."""
    picture = Image.fromarray(reel[number])
    if strip is None:
        return picture
    whole = Image.new("RGB", (picture.width, picture.height + strip.height))
    whole.paste(picture, (0, 0))
    whole.paste(strip.picture(number), (0, picture.height))
    return whole
