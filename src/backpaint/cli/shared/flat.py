"""A recipe as lines that ``--set`` takes."""

from typing import Any


def flat(recipe: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """List a recipe's settings by dotted path, each value as ``--set`` takes it."""
    from ...problem.keys import ABOUT

    rows: list[tuple[str, str]] = []
    for key, value in recipe.items():
        if isinstance(value, dict):
            rows += flat(value, f"{prefix}{key}.")
        elif prefix or key not in ABOUT:
            rows.append((f"{prefix}{key}", written(value)))
    return rows


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
