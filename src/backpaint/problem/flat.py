"""A recipe as lines that ``--set`` takes."""

from collections.abc import Collection, Mapping
from typing import Any

from .keys import ABOUT


def entries(
    recipe: Mapping[str, Any], whole: Collection[str] = (), prefix: str = ""
) -> list[tuple[str, Any]]:
    """List a recipe's settings by dotted path, without the texts about it.

    Parameters
    ----------
    recipe : mapping
        As built-in types, or as read from TOML.
    whole : collection of str
        Names of tables that stay one entry.
    prefix : str
        What stands before each path: ``"style."``.

    Examples
    --------
    >>> table = {"title": "A title", "style": {"weight": 1.0, "layers": {"relu1_1": 0.5}}}
    >>> entries(table)
    [('style.weight', 1.0), ('style.layers.relu1_1', 0.5)]
    >>> entries(table, whole={"layers"})
    [('style.weight', 1.0), ('style.layers', {'relu1_1': 0.5})]
    """
    rows: list[tuple[str, Any]] = []
    for key, value in recipe.items():
        if isinstance(value, dict) and key not in whole:
            rows += entries(value, whole, f"{prefix}{key}.")
        elif prefix or key not in ABOUT:
            rows.append((f"{prefix}{key}", value))
    return rows


def flat(recipe: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List a recipe's settings by dotted path, each value as ``--set`` takes it."""
    return [(path, written(value)) for path, value in entries(recipe)]


def written(value: object) -> str:
    """Write a value as ``--set`` takes it.

    Examples
    --------
    >>> [written(value) for value in (None, True, (0.0, 1.5), "C M")]
    ['off', 'true', '[0.0, 1.5]', 'C M']
    """
    if value is None:
        return "off"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(entry) for entry in value)}]"
    return str(value)
