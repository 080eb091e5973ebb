"""Say in words what is wrong with a recipe, from what the validation found."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ..errors import did_you_mean, shown
from ..problem.keys import LAYER, recipe_keys
from .allowed import allowed_at

UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.*)`")
TOO_LARGE = "Number out of range"
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
        key = f"{path}.{unknown[1]}" if path else unknown[1]
        near = nearest_key(key)
        if near == f" (did you mean {key}?)":  # another method of the optimizer has it
            near = ", which the method chosen does not have"
        return f"{at}there is no key {unknown[1]!r}{near}; expected {allowed_at(path)}"
    if missing:
        return f"{at}the key {missing[1]!r} is missing; expected {allowed_at(path)}"
    if not found.startswith(("Expected", "Invalid", TOO_LARGE)):
        return f"{at}{found}"  # a rule of recipe.py, in its own words
    pattern = KEY_PATTERN.search(found)
    value = _value_at(path, table, pattern[1] if pattern else None)
    if found == TOO_LARGE:
        value += ", which no float can hold"
    return f"{at}found {value}, expected {allowed_at(path)}"


def nearest_key(path: str) -> str:
    """Suggest the key that somebody may have meant, in words to put after a wrong one.

    Parameters
    ----------
    path : str
        What was found: ``"style.wieght"``, or a key without its table.

    Returns
    -------
    str
        Empty if nothing is near.

    Examples
    --------
    >>> nearest_key("style.wieght"), nearest_key("pool"), nearest_key("quux")
    (' (did you mean style.weight?)', ' (did you mean network.pool?)', '')
    """
    paths = dict.fromkeys(key.path.removesuffix(f".{LAYER}") for key in recipe_keys())
    table, _, name = path.rpartition(".")
    beside = {known.rpartition(".")[2]: known for known in paths if known.startswith(f"{table}.")}
    for other in get_close_matches(name, beside, n=1):
        return f" (did you mean {beside[other]}?)"
    elsewhere = [known for known in paths if known.rpartition(".")[2] == name]
    if len(elsewhere) == 1:
        return f" (did you mean {elsewhere[0]}?)"
    return "" if table else did_you_mean(name, dict.fromkeys(key.split(".")[0] for key in paths))


def _value_at(path: str, table: Mapping[str, Any], pattern: str | None) -> str:
    """Show what stands at a path; of a table the keys that do not fit, of an element all."""
    value: Any = table
    for key in re.sub(r"\[.*", "", path).split("."):
        value = value[key]
    if not isinstance(value, Mapping):
        return shown(value)
    return ", ".join(key for key in value if not (pattern and re.search(pattern, key)))
