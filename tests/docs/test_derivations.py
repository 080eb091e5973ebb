"""A derivation's numbered steps stand in the docs and in the docstring, and they are the same."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import backpaint.reference
from backpaint.reference.network import Network

PAGES = Path(__file__).resolve().parents[2] / "docs" / "derivations"
MARKED = re.compile(r"<!-- steps of ([\w.]+) -->(.*?)(?=<!-- steps of|\Z)", re.DOTALL)


def backwards():
    """Find every public function that carries a gradient back, by name."""
    found = {"Network.backward": Network.backward}
    for module in pkgutil.walk_packages(backpaint.reference.__path__, "backpaint.reference."):
        if module.name.endswith(".naive"):  # the same formulas as loops
            continue
        functions = importlib.import_module(module.name)
        for name, function in inspect.getmembers(functions, inspect.isfunction):
            if re.match(r"[a-z]\w*_backward(_|$)", name):
                found[name] = function
    return found


def derived():
    """Find the steps on the pages, by the function that they derive."""
    texts = [page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.md"))]
    return {name: text for page in texts for name, text in MARKED.findall(page)}


@pytest.mark.parametrize("name", backwards())
def test_steps_are_in_the_page_and_in_the_docstring(name):
    on_page = [int(n) for n in re.findall(r"\*\*Step (\d)\.\*\*", derived()[name])]
    in_docstring = re.findall(r"^(\d)\. ", inspect.getdoc(backwards()[name]), re.MULTILINE)
    assert on_page == list(range(1, len(on_page) + 1))
    assert on_page == [int(n) for n in in_docstring]


def test_no_page_derives_what_does_not_exist():
    assert set(derived()) == set(backwards())
    assert len(derived()) > 15
