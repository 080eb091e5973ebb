"""What whoever carries the code on is told to install is what `.ci/run` judges with."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pins(file, tool):
    """List the versions of a tool that a file names."""
    return re.findall(rf"\b{tool}==([\w.]+)", (ROOT / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("file", "tool", "count"),
    [
        (".pre-commit-config.yaml", "ruff", 2),
        ("CONTRIBUTING.md", "ruff", 1),
        ("CONTRIBUTING.md", "mypy", 1),
    ],
)
def test_tools_are_those_of_the_judge(file, tool, count):
    assert pins(file, tool) == pins(".ci/run", tool) * count
    assert count


def test_the_hooks_are_what_the_judge_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    judged = (ROOT / ".ci/run").read_text(encoding="utf-8")
    entries = re.findall(r"entry: (ruff \w+)", hooks)
    assert sorted(entries) == sorted(re.findall(r"bin/(ruff \w+)", judged))


def test_the_extras_that_are_named_are_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for names in re.findall(r"'\.\[([\w,]+)\]'", text) for name in names.split(",")}
    named |= set(re.findall(r"\(extra `(\w+)`\)", text))
    assert named
    assert named <= set(project["optional-dependencies"])
