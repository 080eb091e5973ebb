"""What README and docs promise: links lead somewhere, counts are current, the code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from backpaint.cli import COMMANDS
from backpaint.examples import example_path

ROOT = Path(__file__).resolve().parents[1]
TOP = [ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")]
PAGES = [*TOP, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize(
    "script",
    [
        *("docs/reading_order.py", "docs/program_reference.py", "docs/gpu/trial_tables.py"),
        "bench/cpu_report.py",
    ],
)
def test_generated_tables_are_current(script):
    command = [sys.executable, ROOT / script, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_command_that_readme_names_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:    |.*`)backpaint (\w+)", text, flags=re.MULTILINE))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.usefixtures("thin_networks")
def test_the_python_example_runs(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    for name, picture in (("photo", "cat"), ("style", "swirls")):
        (tmp_path / f"{name}.jpg").write_bytes(example_path(picture).read_bytes())
    quick = example.replace("size=128", "size=32").replace("maxiter=50", "maxiter=2")
    assert quick.count("32") == 1
    assert "maxiter=2" in quick
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(quick, "README.md", "exec"), names)
    assert names["picture"].shape == names["objective"].shape
