"""Scripts of bench/ import names that are there, and what one of them looks at is what it says."""

import ast
import importlib
import mmap
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from backpaint.scratch import array_in_file

BENCH = Path(__file__).parents[1] / "bench"
SCRIPTS = sorted(BENCH.rglob("*.py"))


@cache
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


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_pages_of_a_file_are_no_memory_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    resident = importlib.import_module("resident")
    size = 4 * 10**7
    mapped = array_in_file(str(tmp_path), (size,), np.uint8)
    with resident.OwnMemory() as of_file:
        mapped[...] = 1
    if resident.own_bytes("RssShmem:") >= size:
        pytest.skip("the folder for temporary files is itself memory")
    with resident.OwnMemory() as of_memory:
        # memory that nobody had before: an array may get what the process has given up
        held = np.frombuffer(mmap.mmap(-1, size), np.uint8)
        held[...] = 1
    assert of_file.peak - of_file.before < size / 4
    assert size <= of_memory.peak - of_memory.before < 1.25 * size
    assert held.all()
