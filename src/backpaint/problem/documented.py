"""The texts that stand below the tables and fields of a module of msgspec structs."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from msgspec import Struct


@cache
def documented(module: ModuleType) -> dict[tuple[str, str], str]:
    """Read the texts of classes, a module's own or imported, and of the strings below their fields.

    Parameters
    ----------
    module : module
        `backpaint.problem.recipe`.

    Returns
    -------
    dict of (str, str) to str
        By class and field; a class's own has no field.  Lines of a paragraph are one line.

    Examples
    --------
    >>> from backpaint.problem import recipe
    >>> documented(recipe)["LBFGS", "rate"]
    'Length of a step.'
    """
    found: dict[tuple[str, str], str] = {}
    for node in _classes(module):
        found[node.name, ""] = _in_lines(ast.get_docstring(node) or "")
        for field, text in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                assert isinstance(field.target, ast.Name)
                assert isinstance(text.value, ast.Constant)
                found[node.name, field.target.id] = _in_lines(str(text.value.value))
    return found


def _classes(module: ModuleType) -> Iterator[ast.ClassDef]:
    """Yield the classes of the modules in which a module's tables are written."""
    tables = (found for found in vars(module).values() if isinstance(found, type))
    names = {table.__module__ for table in tables if issubclass(table, Struct)}
    for name in sorted(names - {Struct.__module__}):
        source = Path(str(sys.modules[name].__file__)).read_text(encoding="utf-8")
        yield from (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))


def _in_lines(text: str) -> str:
    """Make one line of each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
