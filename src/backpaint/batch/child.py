"""A process that paints pictures of a batch: an order on each line, then ``stop`` or the end."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from queue import SimpleQueue
from typing import Any

import msgspec

from ..checkpoint import EVERY, FileKeeper, go_on
from ..cluster.work import weights_of
from ..engine.engine import Engine
from ..engines import engine_class
from ..errors import BackpaintError, RunError, UsageError
from ..images import Photograph, read_image
from ..painting.control import Control
from ..painting.painting import Painting
from ..painting.session import Session, Start, open_session
from ..serve.processes.channel import Channel, listen
from ..vgg_weights import VGGWeights
from .order import Order, Settings, sha256_of
from .plan import DIGEST

Note = Callable[[str], None]
NOT_ENOUGH = "there is not enough memory; choose a smaller size, or let fewer paint at a time"
ELSEWHERE = "elsewhere"
"""A key of `answer`: the machine is to blame, and another one might paint the picture."""


@lru_cache(maxsize=4)
def photograph(path: str, sha256: str) -> Photograph:
    """Read a picture; the latest few are kept.

    Raises
    ------
    UsageError
        If it cannot be read, or its bytes are not those of the digest.
    """
    require_unchanged(path, sha256)
    picture = read_image(path)
    require_unchanged(path, sha256)  # nobody replaced it before it was decoded
    return picture


def require_unchanged(path: str, sha256: str) -> None:
    """Raise UsageError if a file's bytes are others than when the batch was planned."""
    if sha256_of(path) != sha256:
        raise UsageError(
            f"{path} is another picture than when the batch began; give the command again"
        )


@lru_cache(maxsize=1)
def network(name: str, sha256: str, trusted: bool) -> VGGWeights:
    """Load the network, once in a process; see `weights_of`."""
    return weights_of(name, sha256, trusted=trusted)


def network_of(settings: Settings) -> VGGWeights:
    """Return the network of a batch."""
    return network(settings.recipe.weights, settings.weights_sha256, settings.trust)


def main() -> None:
    """Paint order after order."""
    channel, control, lines = Channel(), Control(), SimpleQueue[str | None]()

    def hear(line: str) -> None:
        if line == "stop":
            control.stop()
            lines.put(None)
        else:
            lines.put(line)

    def note(text: str) -> None:
        channel.say(note=text)

    listen(hear)
    while (line := lines.get()) is not None:
        channel.say(**answer(msgspec.convert(json.loads(line), Order), control, note))


def answer(order: Order, control: Control, note: Note) -> dict[str, Any]:
    """Paint one picture, and tell what became of it."""
    begin = time.perf_counter()
    try:
        painting = paint(order, control, note)
    except RunError as error:  # in writing; one of the run itself is the painting's
        return {"error": str(error), ELSEWHERE: True}
    except BackpaintError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": NOT_ENOUGH, ELSEWHERE: True}
    if painting.interrupted:
        return {"stopped": True}
    if painting.error is not None:
        return {"error": str(painting.error)}
    seconds = round(time.perf_counter() - begin, 3)
    return {"loss": painting.loss, "iterations": painting.iterations, "seconds": seconds}


def paint(order: Order, control: Control, note: Note) -> Painting:
    """Paint one picture to its file."""
    session, start = opened(order)
    keeper = None
    if order.checkpoint is not None:
        keeper = partial(FileKeeper, order.checkpoint, EVERY, session, note)
    painting = session.paint(
        seed=order.settings.seed,
        init=start_of(order) if start is None else "preset",
        control=control,
        start=start,
        keeper=keeper,
    )
    if not painting.interrupted and painting.error is None:
        replace(painting, settings=painting.settings | told_of(order)).save(order.output)
        if order.checkpoint is not None:
            order.checkpoint.unlink(missing_ok=True)
    return painting


def start_of(order: Order) -> Any:
    """Return what a run begins with: a word, or a picture."""
    init = order.settings.init
    return init if order.start_sha256 is None else photograph(init, order.start_sha256)


def told_of(order: Order) -> dict[str, Any]:
    """Return what a picture says of its batch."""
    return {
        "content_sha256": order.content_sha256,
        "styles_sha256": [order.style_sha256],
        DIGEST: order.digest,
    }


def opened(order: Order) -> tuple[Session, Start | None]:
    """Open an order's session, where its run was kept: in the middle."""
    if order.checkpoint is not None and order.checkpoint.exists():
        try:
            run = go_on(order.checkpoint, weights=network_of(order.settings))
        except UsageError:  # of another version, or done but for its picture: it begins anew
            order.checkpoint.unlink()
        else:
            return run.session, run.start
    return open_order(order), None


def engine_of(settings: Settings) -> Engine | str:
    """Make a batch's engine; ``auto``, if each machine is to choose its own."""
    if settings.engine == "auto":
        return "auto"
    return engine_class(settings.engine)(**settings.engine_options)


def open_order(order: Order) -> Session:
    """Settle everything that comes before a run.

    Raises
    ------
    UsageError
        As `open_session`.
    """
    settings = order.settings
    return open_session(
        photograph(order.content, order.content_sha256),
        photograph(order.style, order.style_sha256),
        settings.recipe,
        weights=network_of(settings),
        style_layers=settings.style_layers,
        style_scales=settings.style_scales,
        engine=engine_of(settings),
        optimizer_on=settings.optimizer_on,  # type: ignore[arg-type]  # it was checked
    )
