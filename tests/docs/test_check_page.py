"""docs/check.md does what it says: its examples run in order, and print what it prints."""

import contextlib
import io
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import backpaint.testing
from backpaint.cli.check import check

PAGE = Path(__file__).resolve().parents[2] / "docs" / "check.md"
BLOCKS = re.compile(r"```(python|text)(?: requires=(\w+))?\n(.*?)```", flags=re.DOTALL)


def test_examples_run_and_print_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = Path(sys.executable).parent  # where an environment that is not active has them
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    scope, printed, compared = {}, "", 0
    for kind, library, text in BLOCKS.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "text":
            assert printed == text
            compared += 1
        elif not library or find_spec(library):
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(text, str(PAGE), "exec"), scope)
            printed = output.getvalue()
    assert compared == 2


def test_every_check_is_in_the_table():
    text = PAGE.read_text(encoding="utf-8")
    for name in backpaint.testing.__all__:
        if name.startswith("check_"):
            assert f"| `{name}`" in text or f", `{name}` |" in text


def test_options_exist():
    known = {option for parameter in check.params for option in parameter.opts}
    for line in re.findall(r"^    backpaint check (.*?)(?:#|$)", PAGE.read_text(), re.MULTILINE):
        assert set(re.findall(r"--\w+", line)) <= known
