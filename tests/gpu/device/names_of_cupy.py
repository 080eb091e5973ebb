"""The names of CuPy that the engine uses, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import backpaint.gpu

FOLDER = Path(backpaint.gpu.__file__).parent


def names_in_use() -> list[str]:
    """List dotted names behind ``xp()``: ``cuda.Stream``, ``empty``."""
    files = (path for path in FOLDER.rglob("*.py") if "emulator" not in path.parts)
    return sorted({name for path in files for name in _in_file(path)})


def _in_file(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    roots = {"xp()": ""}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = _behind_xp(node.value, roots)
            if name is not None:
                roots[node.targets[0].id] = name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := _behind_xp(node, roots)):
            yield name


def _behind_xp(node: ast.AST, roots: dict[str, str]) -> str | None:
    """Give what stands behind ``xp()``; None if an expression does not begin with it."""
    if isinstance(node, ast.Attribute):
        before = _behind_xp(node.value, roots)
        return None if before is None else f"{before}.{node.attr}".strip(".")
    if isinstance(node, ast.Call):
        is_xp = ast.unparse(node.func) in ("xp", "device.xp")
        return "" if is_xp else None
    return roots.get(node.id) if isinstance(node, ast.Name) else None
