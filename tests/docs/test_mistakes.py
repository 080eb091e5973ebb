"""The pages about mistakes name them all, with the numbers that were measured."""

import importlib
import json
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("mistakes_table")


def test_every_known_mistake_is_on_the_page(measured):
    page = (DOCS / "all_mistakes.md").read_text(encoding="utf-8")
    values = measured.case()
    for (title, mistakes, _), _ in measured.tables(values):
        assert f"## {title}\n" in page
        for mistake in mistakes:
            assert f"| {mistake.name} |" in page


@pytest.mark.slow
def test_the_page_says_what_is_measured(measured, monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    outputs = importlib.import_module("outputs")
    said = (DOCS / "all_mistakes.md").read_text(encoding="utf-8")
    assert outputs.Output(said, measured.page(), tolerance=0.05).agrees


def test_painted_mistakes_are_on_their_page(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "pictures")
    pytest.importorskip("matplotlib", reason="draws the pictures")
    script = importlib.import_module("mistakes")
    facts = json.loads((DOCS / "pictures" / "mistakes.json").read_text(encoding="utf-8"))
    page = (DOCS / "mistakes.md").read_text(encoding="utf-8")
    assert script.table(facts) in page
    assert list(facts) == list(script.MISTAKES)
