"""One picture of a batch on a worker: files come and go as bytes, for it may be another machine."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from ..cluster.wanted import is_wanted, worker_name
from ..cluster.work import require_same_versions
from ..painting.control import Control
from .child import ELSEWHERE, answer, network_of, photograph
from .order import Order


class Wanted(Control):
    """The switch of a run that ends itself when nobody waits for its picture any more."""

    def check(self) -> None:
        """Look, before each evaluation."""
        if not is_wanted():
            self.stop("nobody waits for it")
        super().check()


def paint_picture(
    order: Order, files: Mapping[str, bytes], versions: str
) -> tuple[dict[str, Any], bytes | None]:
    """Paint one picture.

    Parameters
    ----------
    order : Order
        Its files need not be here, but for the network's.
    files : mapping of str to bytes
        What the pictures' files hold, by their names in the order.
    versions : str
        `cluster.work.VERSIONS` of who asks.

    Returns
    -------
    told : dict
        As `child.answer` gives it; ``worker`` names this one where it is to blame.
    picture : bytes or None
        The painting's file; None where there is none, and `told` says why.

    Raises
    ------
    UsageError
        If versions or the network are others here: no picture is to blame for that.
    """
    require_same_versions(versions)
    network_of(order.settings)
    try:
        with TemporaryDirectory(prefix="backpaint-") as folder:
            places = _unpack(files, Path(folder))
            here = _moved(order, places, Path(folder))
            told = answer(here, Wanted(), lambda text: None)
            if "error" in told:
                there = places | {order.output: here.output}
                told["error"] = _by_first_names(told["error"], there)
            picture = Path(here.output).read_bytes() if "loss" in told else None
    except OSError as error:
        why = f"its files cannot be kept in the temporary folder: {error.strerror or error}"
        told, picture = {"error": why, ELSEWHERE: True}, None
    finally:
        photograph.cache_clear()  # another picture has another folder
    return _blamed(told) if ELSEWHERE in told else told, picture


def _blamed(told: dict[str, Any]) -> dict[str, Any]:
    """Name the worker whose trouble it was."""
    name = worker_name()
    advice = f"look at memory and disk of the worker {name or 'here'}"
    return told | {"error": f"{told['error']}; {advice}", "worker": name}


def _unpack(files: Mapping[str, bytes], folder: Path) -> dict[str, str]:
    """Write files, each to a folder of its own; return where they are."""
    places = {}
    for number, (path, data) in enumerate(files.items()):
        place = folder / f"{number}" / Path(path).name
        place.parent.mkdir()
        place.write_bytes(data)
        places[path] = str(place)
    return places


def _moved(order: Order, places: Mapping[str, str], folder: Path) -> Order:
    """Return an order whose files are elsewhere; its digest stays."""
    settings, replace = order.settings, msgspec.structs.replace
    return replace(
        order,
        content=places[order.content],
        style=places[order.style],
        output=str(folder / order.name),
        settings=replace(settings, init=places.get(settings.init, settings.init)),
    )


def _by_first_names(sentence: str, places: Mapping[str, str]) -> str:
    """Call files as whoever asks does."""
    for path, place in places.items():
        sentence = sentence.replace(place, path)
    return sentence
