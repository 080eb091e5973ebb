"""Short work for the page in a process of its own: a question on each line, an answer to each."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ...engines import usable_engines
from ...errors import BackpaintError
from ...images import read_image
from .channel import Channel, first_line
from .estimate import estimate
from .preview import preview


def look_at(path: str, shown: str) -> dict[str, Any]:
    """Read a picture, and write a preview of it.

    Parameters
    ----------
    path : str
        The picture; it is decoded in a child of this process.
    shown : str
        Where the preview goes.
    """
    photo = read_image(path)
    Path(shown).write_bytes(preview(photo.pixels))
    height, width, _ = photo.pixels.shape
    return {"size": (width, height), "notes": photo.notes}


def engines() -> dict[str, Any]:
    """List the engines that run here."""
    return {"engines": usable_engines()}


def main() -> None:
    """Answer until the server closes the pipe."""
    serve({"look_at": look_at, "engines": engines, "estimate": estimate})


Answers = dict[str, Callable[..., dict[str, Any]]]


def serve(answers: Answers, in_parts: Answers | None = None) -> None:
    """Answer questions by functions of their names until the server closes the pipe.

    Parameters
    ----------
    answers : dict of str to callable
    in_parts : dict of str to callable, optional
        Those that take long: their first argument is whom to tell which part is done, and what
        comes next.
    """
    channel = Channel()

    def tell(part: float, text: str) -> None:
        channel.say(part=part, text=text)

    known = answers | {name: partial(one, tell) for name, one in (in_parts or {}).items()}
    while True:
        question = msgspec.json.decode(first_line())
        channel.say(**answer(known[question["ask"]], question["about"]))


def answer(function: Callable[..., dict[str, Any]], about: dict[str, Any]) -> dict[str, Any]:
    """Answer a question; what is wrong with it is a sentence under ``refused``."""
    try:
        return function(**about)
    except BackpaintError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "there is not enough memory for it; choose something smaller"}
