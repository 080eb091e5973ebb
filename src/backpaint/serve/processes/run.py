"""A run in its own process: an order on the first line, then ``pause``, ``resume`` and ``stop``."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...cpu.engine import CPU
from ...engine.engine import Engine
from ...engine.objective import Objective
from ...errors import BackpaintError, RunError
from ...film.film import Film
from ...film.recorder import Recorder
from ...images import Photograph, read_image
from ...painting.control import POLL, Control
from ...painting.diary.progress import counts_iterations, expected_in_all, pace_of
from ...painting.painting import Painting, finished_pixels, seen_pixels
from ...painting.run import OnEvaluation, Record
from ...painting.session import Session, open_session
from ...weights import VGGWeights
from ...whole_file import whole_file
from .channel import Channel, first_line, listen
from .order import Order, Picture, film_file, kept_file, seen_file
from .preview import preview

EVERY = 0.25
"""Seconds between two pictures, at least."""
FILM_SIZE = 480
"""Pixels of the longer side of a run's film."""


class ToldControl(Control):
    """A control that tells when the run really waits, and when it goes on."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self.picture: Callable[[], NDArray[np.float64]] | None = None
        self._path = ""

    def keep(self, path: str) -> None:
        """Write the picture to a file before the next evaluation."""
        self._path = path

    def check(self) -> None:
        """Wait while the run is paused, as `Control.check`; write the picture if that was asked."""
        self._write()
        waits = self.is_paused
        if waits:
            self._channel.say(state="paused")
        while self.is_paused:
            time.sleep(POLL)
            self._write()
        super().check()
        if waits:
            self._channel.say(state="running")

    def _write(self) -> None:
        if self._path and self.picture is not None:
            _write_pixels(self._path, self.picture())
            self._path = ""
            self._channel.say(kept=True)


def _write_pixels(path: str | Path, pixels: NDArray[np.float64]) -> None:
    with whole_file(path) as part, part.open("wb") as file:
        np.save(file, pixels.astype(np.float32))


def main() -> None:
    """Paint what the order says, and tell of it."""
    channel = Channel()
    control = ToldControl(channel)
    order = msgspec.json.decode(first_line(), type=Order)
    kept = str(kept_file(order))
    words: dict[str, Callable[[], None]] = {
        "pause": control.pause,
        "resume": control.resume,
        "stop": control.stop,
        "keep": lambda: control.keep(kept),
    }
    listen(lambda word: words[word]())
    try:
        paint(order, channel, control)
    except BackpaintError as error:
        channel.say(state="failed", reason=str(error))
    except MemoryError:
        channel.say(state="failed", reason="there is not enough memory; choose a smaller size")


def paint(order: Order, channel: Channel, control: ToldControl) -> None:
    """Run an order from its pictures to the painting's file."""
    session = open_order(order)
    objective = session.build()
    channel.say(state="running", **facts(session, objective))
    with Recorder(Film(film_file(order), size=FILM_SIZE), session.stages) as recorder:
        listeners = recorder.listeners(
            teller(channel, session), shower(channel, control, objective)
        )
        painting = session.paint(objective, seed=order.seed, control=control, **listeners)
        hand_over(painting, objective, order, channel)
        with suppress(RunError):  # the picture is there
            recorder.finish(painting)
            channel.say(film=True)


def hand_over(painting: Painting, objective: Objective, order: Order, channel: Channel) -> None:
    """Write the painting, and tell that the run is over."""
    if painting.history:
        channel.show(preview(painting.pixels))
        seen = seen_pixels(painting.x, objective)
        if not np.array_equal(seen, painting.pixels):  # colors were put back
            _write_pixels(seen_file(order), seen)
        painting.save(order.painting)
    channel.say(state=ending(painting), reason=painting.reason, iterations=painting.iterations)


def open_order(order: Order, weights: VGGWeights | None = None) -> Session:
    """Open the session of an order; a photograph has the name that its owner gave it."""
    session = open_session(
        photograph(order.content),
        [photograph(style) for style in order.styles],
        order.recipe,
        weights=weights,
        style_shares=order.shares,
        engine=order.engine,
    )
    return replace(session, engine=with_threads(session.engine, order.threads))


def photograph(picture: Picture) -> Photograph:
    """Read a picture, in the child that decodes."""
    return replace(read_image(picture.path), name=picture.name)


def with_threads(engine: Engine, threads: int | None) -> Engine:
    """Return an engine with so many threads, if it is the one that has them."""
    return replace(engine, threads=threads) if isinstance(engine, CPU) else engine


def facts(session: Session, objective: Objective) -> dict[str, Any]:
    """Return what is settled now."""
    height, width, _ = objective.shape
    optimizer = session.prepared.problem.recipe.optimizer
    return {
        "size": (width, height),
        "engine": session.engine.name,
        "expected": expected_in_all(session.stages),
        "counted": "iteration" if counts_iterations(optimizer) else "evaluation",
        "notes": session.prepared.notes,
    }


def as_list(record: Record) -> list[Any]:
    """Write a record as a list of its fields, in their order."""
    return list(asdict(record).values())


def teller(channel: Channel, session: Session) -> OnEvaluation:
    """Make the function that sends the record of an evaluation, and the time that is left."""
    pace = pace_of(session.stages)

    def on_evaluation(record: Record) -> None:
        pace.meet(record)
        channel.say(record=as_list(record), left=pace.left)

    return on_evaluation


def shower(channel: Channel, control: ToldControl, objective: Objective) -> Any:
    """Make the function that sends the picture of an iteration now and then."""
    last = [-EVERY]

    def on_iteration(iteration: int, x: NDArray[np.float64]) -> None:
        latest = x.copy()
        control.picture = lambda: seen_pixels(latest, objective)
        if time.monotonic() - last[0] >= EVERY:
            channel.show(preview(finished_pixels(x, objective)))
            last[0] = time.monotonic()

    return on_iteration


def ending(painting: Painting) -> str:
    """Name the state in which a run ended."""
    if painting.error is not None:
        return "failed"
    return "stopped" if painting.interrupted else "done"
