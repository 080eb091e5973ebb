"""A run in its own process: an order on the first line, then ``pause``, ``resume`` and ``stop``."""

import time
from dataclasses import asdict, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...engine.objective import Objective
from ...engines import engine_class, fastest_engine
from ...errors import BackpaintError
from ...images import Photograph, read_image
from ...painting.control import Control
from ...painting.painting import Painting, finished_pixels
from ...painting.progress import counts_iterations, expected_evaluations
from ...painting.run import Record
from ...painting.session import Session, open_session
from ..order import Order, Picture
from .channel import Channel, first_line, listen
from .preview import preview

EVERY = 0.25
"""Seconds between two pictures, at least."""


class ToldControl(Control):
    """A control that tells when the run really waits, and when it goes on."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def check(self) -> None:
        """Wait while the run is paused, as `Control.check`."""
        waits = self.is_paused
        if waits:
            self._channel.say(state="paused")
        super().check()
        if waits:
            self._channel.say(state="running")


def main() -> None:
    """Paint what the order says, and tell of it."""
    channel = Channel()
    control = ToldControl(channel)
    order = msgspec.json.decode(first_line(), type=Order)
    listen(
        lambda word: {
            "pause": control.pause,
            "resume": control.resume,
            "stop": control.stop,
        }.get(word, lambda: None)()
    )
    try:
        paint(order, channel, control)
    except BackpaintError as error:
        channel.say(state="failed", reason=str(error))
    except MemoryError:
        channel.say(state="failed", reason="there is not enough memory; choose a smaller size")


def paint(order: Order, channel: Channel, control: Control) -> None:
    """Run an order from its pictures to the painting's file."""
    session = open_order(order)
    objective = session.build()
    channel.say(state="running", **facts(session, objective))
    painting = session.paint(
        objective,
        seed=order.seed,
        color=order.color,
        control=control,
        on_evaluation=lambda record: channel.say(record=as_list(record)),
        on_iteration=shower(channel, objective, order.color),
    )
    if painting.history:
        channel.show(preview(painting.pixels))
        painting.save(order.painting)
    channel.say(state=ending(painting), reason=painting.reason, iterations=painting.iterations)


def open_order(order: Order) -> Session:
    """Open the session of an order; a photograph has the name that its owner gave it."""
    return open_session(
        photograph(order.content),
        photograph(order.style),
        order.recipe,
        engine=chosen_engine(order.engine, order.threads),
    )


def photograph(picture: Picture) -> Photograph:
    """Read a picture, in the child that decodes."""
    return replace(read_image(picture.path), name=picture.name)


def chosen_engine(name: str, threads: int | None) -> Any:
    """Return an engine by name; threads are those of the only engine that has them."""
    name = fastest_engine().name if name == "auto" else name
    return engine_class(name)(**({"threads": threads} if threads and name == "cpu" else {}))


def facts(session: Session, objective: Objective) -> dict[str, Any]:
    """Tell what is settled now."""
    height, width, _ = objective.shape
    optimizer = session.prepared.problem.recipe.optimizer
    return {
        "size": (width, height),
        "engine": session.engine.name,
        "expected": expected_evaluations(optimizer),
        "counted": "iteration" if counts_iterations(optimizer) else "evaluation",
        "notes": session.prepared.notes,
    }


def as_list(record: Record) -> list[Any]:
    """Write a record as a list of its fields, in their order."""
    return list(asdict(record).values())


def shower(channel: Channel, objective: Objective, color: str) -> Any:
    """Make the function that sends the picture of an iteration now and then."""
    last = [-EVERY]

    def on_iteration(iteration: int, x: NDArray[np.float64]) -> None:
        if time.monotonic() - last[0] >= EVERY:
            channel.show(preview(finished_pixels(x, objective, color)))
            last[0] = time.monotonic()

    return on_iteration


def ending(painting: Painting) -> str:
    """Name the state in which a run ended."""
    if painting.error is not None:
        return "failed"
    return "stopped" if painting.interrupted else "done"
