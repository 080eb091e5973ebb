"""docs/check.md names every check, and options that exist."""

import re
from pathlib import Path

import backpaint.testing
from backpaint.cli.check import check

PAGE = Path(__file__).resolve().parents[2] / "docs" / "check.md"


def test_every_check_is_in_the_table():
    text = PAGE.read_text(encoding="utf-8")
    for name in backpaint.testing.__all__:
        if name.startswith("check_"):
            assert f"| `{name}`" in text or f", `{name}` |" in text


def test_options_exist():
    known = {option for parameter in check.params for option in parameter.opts}
    for line in re.findall(r"^    backpaint check (.*?)(?:#|$)", PAGE.read_text(), re.MULTILINE):
        assert set(re.findall(r"--\w+", line)) <= known
