"""Pictures as a batch is given them: files, folders, lists of files."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import UsageError
from ..images.source import is_standard_input
from ..regular_file import is_file, is_folder, open_regular

SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".jpeg", ".jpg"),
    *(".png", ".ppm", ".tif", ".tiff", ".webp"),
)
"""By which a folder's pictures are told from its other files."""
LONGEST_LIST = 1 << 24
"""Bytes of a list: a hundred thousand long paths."""


def find_pictures(given: str | Path | Iterable[str | Path]) -> tuple[str, ...]:
    """List pictures in the order in which they are given; those of a folder by their names.

    Parameters
    ----------
    given : path or iterable of paths
        A picture, a folder (not those within it), or ``@FILE``, a list with a path on each line.

    Raises
    ------
    UsageError
        If one that is named is not there, or there is none.
    """
    several = [given] if isinstance(given, str | os.PathLike) else [*given]
    found = [path for one in several for path in _pictures_of(os.fspath(one))]
    if not found:
        raise UsageError("a list of pictures is empty; give at least one picture")
    return tuple(found)


def refuse_doubles(paths: Iterable[str]) -> None:
    """Raise UsageError where two names, or links, lead to one picture."""
    seen: set[str] = set()
    for path in paths:
        real = os.path.realpath(path)  # Path.resolve raises where links go in a circle
        if real in seen:
            raise UsageError(f"{path} is given twice; leave one of them out")
        seen.add(real)


def _pictures_of(path: str) -> list[str]:
    """List what one of the arguments stands for."""
    if is_standard_input(path):
        raise UsageError("a batch reads no picture from standard input; name a file or a folder")
    if path.startswith("@"):
        return [picture for line in _lines(path[1:]) for picture in _pictures_of(line)]
    if not is_folder(path):
        return [_existing(path)]
    inside = [file for file in _entries(path) if file.suffix.lower() in SUFFIXES]
    if not inside:
        raise UsageError(f"{path} is a folder without pictures; expected {', '.join(SUFFIXES)}")
    return [str(file) for file in inside]


def _entries(path: str) -> list[Path]:
    """List what lies in a folder, sorted, except folders; links that lead nowhere are kept."""
    try:
        return sorted(file for file in Path(path).iterdir() if not is_folder(file))
    except OSError as error:
        raise UsageError(
            f"the folder {path} cannot be listed: {error.strerror}; name its pictures, or another"
        ) from None


def _existing(path: str) -> str:
    if not is_file(path):
        raise UsageError(f"there is no picture {path}; expected a file, a folder or @LIST")
    return path


def _lines(path: str) -> list[str]:
    """Read a list's lines; a relative path is seen from the list's folder."""
    try:
        with open_regular(path) as file:
            raw = file.read(LONGEST_LIST + 1)
        if len(raw) > LONGEST_LIST:
            raise ValueError(f"it has more than {LONGEST_LIST} bytes")
        text = raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the list {path} cannot be read ({getattr(error, 'strerror', None) or error}); "
            "expected a text file with a picture's path on each line"
        ) from None
    lines = [line.strip() for line in text.splitlines()]
    if any(line.startswith("@") for line in lines):
        raise UsageError(f"the list {path} names another list; expected pictures and folders")
    return [str(Path(path).parent / line) for line in lines if line and not line.startswith("#")]
