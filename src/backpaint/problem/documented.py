"""The texts that stand below the tables and fields of a module of msgspec structs."""

import ast
from functools import cache
from pathlib import Path
from types import ModuleType


@cache
def documented(module: ModuleType) -> dict[tuple[str, str], str]:
    """Read the texts of classes and of the strings below their fields.

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
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        found[node.name, ""] = _in_lines(ast.get_docstring(node) or "")
        for field, text in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                assert isinstance(field.target, ast.Name)
                assert isinstance(text.value, ast.Constant)
                found[node.name, field.target.id] = _in_lines(str(text.value.value))
    return found


def _in_lines(text: str) -> str:
    """Make one line of each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
