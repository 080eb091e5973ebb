"""Lines of the log of painted frames: written whole or not at all, and read only whole."""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..words import printable

NEEDED: dict[str, type | tuple[type, ...]] = {
    "time": int, "duration": int, "cut": bool, "base": (int, float), "error": (str, type(None)),
}  # fmt: skip
"""What a line of the log must have, for a run that goes on."""

LARGEST = sys.float_info.max
"""Of a base: JSON has no bounds, and Python's knows NaN and infinity."""


def parsed(text: bytes, number: int) -> dict[str, Any] | None:
    """Return a line of the log; None unless it is whole, and of that frame."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or not text.endswith(b"\n") or line.get("frame") != number:
        return None
    is_whole = all(isinstance(line.get(key, ...), kind) for key, kind in NEEDED.items())
    return line if is_whole and abs(line["base"]) <= LARGEST else None


def append(path: Path, text: str) -> None:
    """Add a line to a file, whole or not at all.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            before = os.fstat(descriptor).st_size
            try:
                _write_all(descriptor, text.encode())
                os.fsync(descriptor)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)
    except OSError as error:
        raise RunError(f"{printable(path)} could not be written: {error.strerror}") from error


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part, and refuses the next."""
    while data:
        data = data[os.write(descriptor, data) :]
