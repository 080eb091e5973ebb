"""Say in words what is wrong with a recipe, from what the validation found."""

import re
from collections.abc import Mapping
from typing import Any

from ..errors import shown
from .allowed import allowed_at

UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.+)`")
KEY_PATTERN = re.compile(r"matching regex '(.+)'$")
MISSING_KEY = re.compile(r"Object missing required field `(.+)`")
PLACE = re.compile(r" - at `(?:key` in `)?\$\.?(?P<path>[^`]*)`$")


def describe(message: str, table: Mapping[str, Any]) -> str:
    """Turn a message of msgspec into one for a person.

    Parameters
    ----------
    message : str
        Of `msgspec.ValidationError`.
    table : mapping
        What was validated.

    Returns
    -------
    str
        What was found, and what is allowed there.

    Examples
    --------
    >>> describe("Expected `float` >= 0.0 - at `$.style.weight`", {"style": {"weight": -1}})
    'style.weight: found -1, expected a number of at least 0'
    """
    place = PLACE.search(message)
    path = place["path"] if place else ""
    found = PLACE.sub("", message)
    at = f"{path}: " if path else ""
    unknown, missing = UNKNOWN_KEY.match(found), MISSING_KEY.match(found)
    if unknown:
        return f"{at}there is no key {unknown[1]!r}; expected {allowed_at(path)}"
    if missing:
        return f"{at}the key {missing[1]!r} is missing; expected {allowed_at(path)}"
    if not found.startswith(("Expected", "Invalid")):
        return f"{at}{found}"  # a rule of recipe.py, in its own words
    pattern = KEY_PATTERN.search(found)
    value = _value_at(path, table, pattern[1] if pattern else None)
    return f"{at}found {value}, expected {allowed_at(path)}"


def _value_at(path: str, table: Mapping[str, Any], pattern: str | None) -> str:
    """Show what stands at a path; of a table the keys that do not fit, of an element all."""
    value: Any = table
    for key in re.sub(r"\[.*", "", path).split("."):
        value = value[key]
    if not isinstance(value, Mapping):
        return shown(value)
    return ", ".join(key for key in value if not (pattern and re.search(pattern, key)))
