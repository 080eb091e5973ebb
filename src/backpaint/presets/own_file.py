"""Recipes from a file of one's own: a whole one, or what differs from a preset."""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..regular_file import open_regular

EMBEDDED = ("vgg16", "vgg19")
"""Networks that need no file."""
LARGEST_FILE = 1 << 15
"""Bytes; the longest preset has under three thousand."""
MOST_DOTS = 1000
"""Of a line: reading a dotted key takes time and memory that grow with its square."""
DEEPEST = 10
"""Tables in tables."""
EXTENDS = "extends"
"""The key that names a preset to start from."""


def is_file_name(name: str | Path) -> bool:
    """Whether a preset is named by its file: by a path, or a name that ends in ``.toml``.

    Examples
    --------
    >>> is_file_name("gatys"), is_file_name("mine.toml"), is_file_name("./recipes/mine")
    (False, True, True)
    """
    return isinstance(name, Path) or name.endswith(".toml") or Path(name).name != name


def read_table(path: Path) -> dict[str, Any]:
    """Read a recipe's TOML file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        Its tables; a path of weights is taken from the file's own folder.

    Raises
    ------
    UsageError
        If it cannot be read, is too long, or is not TOML.
    """
    try:
        with open_regular(path) as file:
            raw = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"the recipe {path} cannot be read: {reason}; expected a preset's TOML file, such as "
            "`backpaint presets gatys --toml` prints"
        ) from None
    if len(raw) > LARGEST_FILE:
        raise UsageError(f"the recipe {path} has more than {LARGEST_FILE} bytes; expected a preset")
    try:
        if max(line.count(b".") for line in raw.split(b"\n")) > MOST_DOTS:
            raise RecursionError
        table = tomllib.loads(raw.decode("utf-8"))
        if _depth(table) > DEEPEST:  # dotted keys, which TOML reads in any depth
            raise RecursionError
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"the recipe {path} is not TOML: {reason}") from None
    except ValueError:  # Python's own, of thousands of digits
        raise UsageError(f"the recipe {path} has a number of too many digits") from None
    return _with_weights_beside(table, path.parent)


def as_changes(table: Mapping[str, Any]) -> dict[str, Any]:
    """Turn tables into changes by dotted path; the text ``"off"`` removes what it stands for.

    Parameters
    ----------
    table : mapping
        As in a file that extends a preset.

    Examples
    --------
    >>> as_changes({"style": {"weight": 1.0, "layers": {"relu1_1": 1}}, "total_variation": "off"})
    {'style.weight': 1.0, 'style.layers': {'relu1_1': 1}, 'total_variation': None}
    """
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            changes |= {f"{name}.{key}": entry for key, entry in value.items()}
        else:
            changes[name] = value
    return {path: None if value == "off" else value for path, value in changes.items()}


def _depth(table: Any) -> int:
    """Count how many tables and lists lie in each other."""
    level, depth = [table], 0
    while level:
        inside = [held.values() if isinstance(held, dict) else held for held in level]
        level = [one for row in inside for one in row if isinstance(one, dict | list)]
        depth += 1
    return depth


def _with_weights_beside(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Let a recipe name a weights file that lies beside it."""
    weights = table.get("weights")
    if isinstance(weights, str) and weights not in EMBEDDED:
        with suppress(OSError, ValueError):  # no name of a file: whoever loads it says so
            if (folder / weights).is_file():
                return table | {"weights": str(folder / weights)}
    return table
