"""The docs' examples run, and print what the pages say."""

import importlib.util
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def script(name):
    """Import a script of the docs, which are not a package."""
    path = DOCS / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"docs_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


OUTPUTS = script("outputs")


SLOW = (
    "check.md",
    "control.md",
    "gpu/emulator.md",
    "look.md",
    "tutorial/one_sitting.md",
    "vectors.md",
)
"""Pages whose examples take seconds."""


def pages():
    """List the pages with examples, the slow ones marked."""
    for page in OUTPUTS.pages():
        name = page.relative_to(DOCS).as_posix()
        yield pytest.param(page, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


def test_every_slow_page_is_a_page():
    assert set(SLOW) <= {parameter.id for parameter in pages()}


@pytest.mark.parametrize("page", list(pages()))
def test_examples_print_what_the_page_says(page):
    for output in OUTPUTS.outputs(page):
        assert output.agrees, f"the page says\n{output.said}\nbut it prints\n{output.printed}"


def test_a_wrong_page_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    text = "```python\nprint('about', 1.234)\n```\n\n```text\nabout {}\n```\n"
    page.write_text(text.format("1.254"))
    (output,) = OUTPUTS.outputs(page)
    assert not output.agrees
    assert OUTPUTS.rewritten(page) == text.format("1.234")


def test_an_example_without_an_output_must_print_nothing_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```text\n```\n")
    (output,) = OUTPUTS.outputs(page)
    assert output.agrees


@pytest.mark.parametrize(
    "remark", ["requires=no_such_module", "program=no-such-program", "not-run"]
)
def test_what_cannot_be_run_here_is_left_out(tmp_path, remark):
    page = tmp_path / "page.md"
    page.write_text(f"```python {remark}\nprint(1)\n```\n\n```text\n2\n```\n")
    assert OUTPUTS.outputs(page) == []
