"""The pages of proofs have a row for everything that there is, and the table of operations, too."""

import importlib
import inspect
import pkgutil
import re
import runpy
import sys
from pathlib import Path

import backpaint.reference
from backpaint.check.operations.operation import REFERENCE
from backpaint.presets import preset_names

from ..engines.table import ENGINES
from ..reference.operations import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
PROOF = ROOT / "docs" / "proof" / "README.md"
MUTATION = ROOT / "docs" / "proof" / "mutation.md"
ACCURACY = ROOT / "bench" / "results" / "cpu_accuracy.md"
AGAIN = "run python bench/{}"


def rows(page, heading):
    """Read the first table under a heading, a list of cells for each row."""
    _, _, part = page.read_text(encoding="utf-8").partition(heading)
    table = re.search(r"(?:^\|.*\n?)+", part, re.MULTILINE).group()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()][
        2:
    ]


def test_every_operation_was_proved():
    named = [row[0] for row in rows(PROOF, "## Operations")]
    assert named == [operation.name for operation in OPERATIONS], AGAIN.format("proof.py")


def test_every_preset_and_engine_was_proved():
    assert [row[0] for row in rows(PROOF, "## Presets")] == [*preset_names()], AGAIN.format(
        "proof.py"
    )
    assert [row[0] for row in rows(PROOF, "## Engines")] == [engine.name for engine in ENGINES[1:]]


def test_every_preset_was_measured_in_float32():
    found = {(name, engine) for name, engine, *_ in rows(ACCURACY, "Whole gradients")}
    wanted = {(name, engine) for name in preset_names() for engine in ("Winograd", "exact")}
    assert wanted <= found, AGAIN.format("cpu_accuracy.py")
    assert {name for name, _ in found} == set(preset_names())


def test_every_file_of_the_reference_was_broken_on_purpose():
    """But for what passes on, or estimates: the engine and its memory."""
    left_out = {"__init__.py", "engine.py", "memory.py"}
    files = [path for path in (ROOT / "reference").rglob("*.py") if path.name not in left_out]
    named = {row[0].strip("`") for row in rows(MUTATION, "# Mutants")} - {"all"}
    assert named == {path.relative_to(ROOT / "reference").as_posix() for path in files}
    assert "## Survivors" not in MUTATION.read_text(encoding="utf-8")


def test_every_preset_has_published_figures_or_its_page_says_that_there_are_none():
    bench = runpy.run_path(str(ROOT / "bench" / "published.py"))
    written = (ROOT / "bench" / "results" / "published.md").read_text(encoding="utf-8")
    assert bench["unpublished"]() in written
    for name in preset_names():
        page = (ROOT / "docs" / "systems" / f"{name}.md").read_text(encoding="utf-8")
        assert "\n## Published numbers\n" in page, name


def passes():
    """Find every public function of the reference that goes forward or back."""
    for module in pkgutil.walk_packages(backpaint.reference.__path__, "backpaint.reference."):
        if not module.name.endswith(".naive"):
            functions = importlib.import_module(module.name)
            for name, function in inspect.getmembers(functions, inspect.isfunction):
                if re.match(r"[a-z]\w*_(forward|backward)(_|$)", name):
                    yield name, function


def test_every_pass_of_the_reference_runs_in_some_proof():
    """By whichever row: a distance of distributions runs in a style loss."""
    seen = set()
    sys.setprofile(lambda frame, event, _: seen.add(frame.f_code) if event == "call" else None)
    try:
        for operation in OPERATIONS:
            *_, (_, inputs, grad) = operation.cases()
            operation.run_backward(REFERENCE, inputs, grad)
    finally:
        sys.setprofile(None)
    assert [name for name, function in passes() if function.__code__ not in seen] == []
