"""Say in words what a recipe allows at a path."""

from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.structs import fields

from ..problem.keys import alternatives
from ..problem.recipe import Recipe
from ..problem.section import LARGEST

PLAIN = {float: "a number", int: "a whole number", bool: "true or false"}


def allowed_at(path: str) -> str:
    """Describe what may stand at a dotted path.

    Parameters
    ----------
    path : str
        ``"network.pool"``; empty for the recipe itself; ``"style.layers[...]"`` for an entry of a
        table.

    Returns
    -------
    str
        The choices, keys or kind of value.

    Examples
    --------
    >>> allowed_at("network.pool")
    "'max', 'average', 'overlapping-average'"
    """
    at: Any = Recipe
    for key in (part for part in path.split(".") if part):
        name, bracket, _ = key.partition("[")
        kinds = [
            field.type for kind in _structs(at) for field in fields(kind) if field.name == name
        ]
        if not kinds:
            break
        at = kinds[0]
        if bracket:
            lists = [one for one in alternatives(at) if get_origin(one) is tuple]
            return describe_value(lists[0]) if lists else _entry(at)
    return _describe(at)


def _structs(kind: Any) -> list[type[Struct]]:
    """List the tables among the alternatives of a type."""
    return [one for one in alternatives(kind) if isinstance(one, type) and issubclass(one, Struct)]


def _describe(kind: Any) -> str:
    """Describe a type for a person."""
    structs = _structs(kind)
    if structs:
        return "; ".join(_describe_table(struct) for struct in structs)
    return " or ".join(describe_value(one) for one in alternatives(kind))


def describe_value(kind: Any) -> str:
    """Describe a type that is neither a union nor a table."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return describe_value(parts[0]) + _bounds(parts[1])
    if origin is Literal:
        return ", ".join(repr(choice) for choice in parts)
    if origin is dict:
        return _entry(kind)
    if origin is tuple and parts[-1] is Ellipsis:
        return f"a list, each entry {describe_value(parts[0])}"
    if origin is tuple:
        each = describe_value(parts[0])
        return "a list of three numbers" + each.removeprefix("a number")
    return PLAIN.get(kind, "text")


def _bounds(meta: Meta) -> str:
    """Describe the smallest value and the largest one, if there are any."""
    least = f" above {meta.gt}" if meta.gt is not None else f" of at least {meta.ge}"
    most = f" and below {meta.lt}" if meta.lt is not None else ""
    if meta.le is not None and meta.le < LARGEST:
        most = f" and at most {meta.le}"
    return least + most


def _describe_table(struct: type[Struct]) -> str:
    """List the keys of a table, with the method that it belongs to where there are several."""
    tag = struct.__struct_config__.tag
    keys = ", ".join(field.name for field in fields(struct))
    return f"method {tag!r} with {keys}" if tag else f"the keys {keys}"


def _entry(kind: Any) -> str:
    """Describe the entries of a table of layers."""
    return "layer names like conv4_2, relu4_2 or pool4, each with a number"
