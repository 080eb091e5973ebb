"""Scripts of bench/ import names that are there: whoever moves one hears of it here."""

import ast
import importlib
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
SCRIPTS = sorted(BENCH.rglob("*.py"))


def asked(script):
    """Return the names that a script imports of backpaint, with their modules."""
    nodes = list(ast.walk(ast.parse(script.read_text(encoding="utf-8"))))
    whole = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    parts = [
        (node.module, name.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.level == 0
        for name in node.names
    ]
    return [
        pair
        for pair in [*((name, None) for name in whole), *parts]
        if pair[0].partition(".")[0] == "backpaint"
    ]


def is_there(module, name):
    try:
        found = importlib.import_module(module)
        if name is None or hasattr(found, name):
            return True
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError as error:
        return not (error.name or "").startswith("backpaint")  # an optional package is missing
    return True


def test_scripts_ask_for_names_of_backpaint():
    assert sum(bool(asked(script)) for script in SCRIPTS) > 10


@pytest.mark.parametrize("script", SCRIPTS, ids=[str(path.relative_to(BENCH)) for path in SCRIPTS])
def test_what_a_script_imports_is_there(script):
    assert [pair for pair in asked(script) if not is_there(*pair)] == []
