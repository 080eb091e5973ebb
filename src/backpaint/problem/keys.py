"""Every key of a recipe by its dotted path, as ``--set`` takes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from .recipe import LayerWeights, Recipe, SignedLayerWeights

ABOUT = {"name", "title", "source", "description", "quirks", "disagreements", "substitutions"}
"""Keys that say what a preset is; a change of the others does not change what they say."""
LAYER = "LAYER"
"""Stands in a path for the name of a layer."""


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes
    ----------
    path : str
        ``"style.weight"``; of a table of layers ``"style.layers.LAYER"``.
    kind : type
        What its value may be, as annotated.
    default : value
        `msgspec.NODEFAULT` where a recipe must have it.
    table : type
        The class of `backpaint.problem.recipe` whose field it is.
    """

    path: str
    kind: Any
    default: Any
    table: type[Struct]

    @property
    def name(self) -> str:
        """The field: ``"weight"``, or ``"layers"``."""
        parts = self.path.split(".")
        return parts[-2] if parts[-1] == LAYER else parts[-1]

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that there are, where they are names."""
        return choices_of(self.kind)


@cache
def recipe_keys() -> tuple[Key, ...]:
    """List the keys that can be changed; those of several optimizers stand there once for each.

    Examples
    --------
    >>> [key.path for key in recipe_keys() if key.name == "pool"]
    ['network.pool']
    """
    return tuple(_keys(Recipe, ""))


def alternatives(kind: Any) -> list[Any]:
    """Split a union, without its None."""
    if get_origin(kind) in (Union, UnionType):
        return [one for arg in get_args(kind) if arg is not NoneType for one in alternatives(arg)]
    return [kind]


def choices_of(kind: Any) -> tuple[str, ...]:
    """List the names that a type allows; none where it allows other things."""
    if get_origin(kind) is Annotated:
        return choices_of(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return tuple(map(str, get_args(kind)))
    if kind is bool:
        return ("true", "false")
    found = [choices_of(one) for one in alternatives(kind)] if alternatives(kind) != [kind] else []
    return tuple(name for names in found for name in names)


def _keys(table: type[Struct], prefix: str) -> Iterator[Key]:
    """Yield a table's keys, those of the tables in it in their place."""
    tag = table.__struct_config__.tag
    if tag is not None:
        yield Key(f"{prefix}method", Literal[tag], NODEFAULT, table)
    for field in fields(table):
        if table is Recipe and field.name in ABOUT:
            continue
        yield from _of_field(field, table, f"{prefix}{field.name}")


def _of_field(field: FieldInfo, table: type[Struct], path: str) -> Iterator[Key]:
    structs = [
        one for one in alternatives(field.type) if isinstance(one, type) and issubclass(one, Struct)
    ]
    if structs:
        for struct in structs:
            yield from _keys(struct, f"{path}.")
    elif field.type in (LayerWeights, SignedLayerWeights):
        yield Key(f"{path}.{LAYER}", float, NODEFAULT, table)
    else:
        yield Key(path, field.type, field.default, table)
