"""Read a preset and change its keys; whatever does not fit is refused with its path."""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from ..errors import UsageError, did_you_mean, shown
from ..plain import plain
from ..problem.divisors import named_divisor
from ..problem.keys import ABOUT
from ..problem.recipe import Content, Recipe, Style
from .mistake import describe
from .own_file import EXTENDS, as_changes, is_file_name, read_table

DIVISORS = tuple(
    name
    for kind in (Content.__annotations__, Style.__annotations__)
    for key in ("divisor", "gram_divisor")
    for name in get_args(kind.get(key))
)
DEFAULT, PAPER = "backpaint", "gatys"
"""What paints unless another one is named, and what is taken apart to learn."""


@cache
def preset_names() -> tuple[str, ...]:
    """List the presets: the default, the paper's, then by name."""
    files = resources.files(__package__).iterdir()
    names = {file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")}
    return (DEFAULT, PAPER, *sorted(names - {DEFAULT, PAPER}))


def load_preset(name: str | Path) -> Recipe:
    """Read one preset, or a recipe of one's own.

    Parameters
    ----------
    name : str or Path
        One of `preset_names`, or the path of a TOML file (with a folder in it, or ``.toml`` at its
        end).  A file holds a whole recipe, as the presets' do, or ``extends = "gatys"`` and the
        keys that differ.

    Returns
    -------
    Recipe

    Raises
    ------
    UsageError
        If there is no such preset, or the file cannot be read or is no recipe.

    Examples
    --------
    >>> load_preset("gatys").network.pool
    'average'
    """
    if not isinstance(name, str | Path):
        raise UsageError(
            f"a preset is of type {type(name).__name__}; expected a name such as 'gatys', the path "
            "of a recipe's file, or a recipe"
        )
    if is_file_name(name):
        return _own_recipe(Path(name))
    return convert(tomllib.loads(preset_text(str(name))), f"preset {name}")


def preset_text(name: str) -> str:
    """Read the TOML of one of `preset_names`, as it stands in its file."""
    if name not in preset_names():
        near = did_you_mean(name, preset_names())
        known = ", ".join(preset_names())
        raise UsageError(
            f"there is no preset {name!r}{near}; choose one of {known}, or a file, ./mine.toml"
        )
    return resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def _own_recipe(path: Path) -> Recipe:
    """Read a recipe's file; what it does not say of itself, its name says."""
    table = read_table(path)
    about = {key: table.pop(key) for key in ABOUT & set(table)}
    own = {"name": path.stem, "title": path.stem, "source": path.name, "description": ""}
    if EXTENDS in table:
        base = table.pop(EXTENDS)
        if base not in preset_names():
            near = did_you_mean(str(base), preset_names())
            raise UsageError(
                f"recipe {path}: {EXTENDS} is {base!r}{near}; expected one of "
                f"{', '.join(preset_names())}"
            )
        own["title"] = f"{path.stem}, after {base}"
        table = _changed(msgspec.to_builtins(load_preset(base)), as_changes(table))
    recipe = convert(table | own | about, f"recipe {path}")
    if recipe.is_consistent and "disagreements" not in about:
        return replace(recipe, disagreements=())  # the base's, which this recipe has mended
    return recipe


def with_changes(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Change keys of a recipe.

    Parameters
    ----------
    recipe : Recipe
        It is not modified, nor are the changes.
    changes : mapping of str to value
        New values by dotted path: ``{"style.weight": 1e4, "optimizer.iterations": 50}``.  A whole
        table may be given as a dict; None removes an optional key or a layer.  A new
        ``optimizer.method`` comes first and keeps only the number of iterations.

    Returns
    -------
    Recipe
        Validated anew.

    Raises
    ------
    UsageError
        If a key does not exist or a value does not fit, with what is allowed.

    Examples
    --------
    >>> with_changes(load_preset("gatys"), {"network.pool": "max"}).network.pool
    'max'
    """
    if not isinstance(changes, Mapping):
        raise UsageError(
            f"changes are {shown(changes)}; expected values by path: {{'style.weight': 1e4}}"
        )
    about = sorted(ABOUT.intersection(changes))
    if about:
        raise UsageError(f"{about[0]}: it tells what the preset {recipe.name} is; set other keys")
    table = _changed(msgspec.to_builtins(recipe, enc_hook=plain), changes)
    return convert(table, f"preset {recipe.name}, changed")


def _changed(table: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change values of a recipe's tables by dotted path, in place."""
    for path, value in sorted(changes.items(), key=lambda change: change[0] != "optimizer.method"):
        if not isinstance(path, str):
            raise UsageError(f"found the key {path!r}, expected a dotted path like style.weight")
        *parents, key = path.split(".")
        if path == "optimizer.method" and value != table["optimizer"]["method"]:
            table["optimizer"] = {"iterations": table["optimizer"]["iterations"]}
        at = table
        for parent in parents:
            if at.get(parent) is None:
                at[parent] = {}
            at = at[parent]
            if not isinstance(at, dict):
                raise UsageError(f"{path}: {parent} is a value, not a table; set it whole")
        if value is None and parents and parents[-1] == "layers":
            at.pop(key, None)
        else:
            try:
                at[key] = deepcopy(plain(value))  # a later path may change what is in it
            except RecursionError:
                raise UsageError(
                    f"{path} is too deeply nested; expected a value or table"
                ) from None
            if key.endswith("divisor"):
                at[key] = named_divisor(str(at[key]), DIVISORS) or at[key]
    return table


def convert(table: Mapping[str, Any], where: str) -> Recipe:
    """Validate a table as a recipe.

    Parameters
    ----------
    table : mapping
        As read from TOML.
    where : str
        Where it comes from, for messages.

    Raises
    ------
    UsageError
        With the path of the key and what is allowed there.
    """
    try:
        return msgspec.convert(table, Recipe)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {describe(str(error), table)}") from None
