"""``backpaint compare`` as a person uses it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from backpaint.compare.subject.result import Comparison

QUICK = ("compare", "--sizes", "32", "--rounds", 1, "--threads", 1, "--only", "reference")


def test_a_comparison_prints_and_writes_what_it_found(backpaint, tmp_path):
    page, numbers = tmp_path / "report.html", tmp_path / "report.json"
    done = backpaint(*QUICK, "-o", page, "--json", numbers)
    assert done.code == 0, done.err
    assert "about" in done.out.splitlines()[1]
    assert "32 x 32, 1 thread" in done.out
    found = Comparison.from_json(numbers.read_bytes())
    assert found.cells[0].rows[0].name == "reference"
    assert "reference" in page.read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json"}


def test_a_dry_run_tells_how_long_it_takes_and_starts_nothing(backpaint, tmp_path, monkeypatch):
    monkeypatch.delattr("backpaint.compare.rounds.Child")
    numbers = tmp_path / "report.json"
    done = backpaint(*QUICK, "--json", numbers, "--dry-run")
    assert done.code == 0, done.err
    assert "at the speed that this machine has now" in done.out
    assert not numbers.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--sizes", "0"), "'0' is no size; expected pixels such as 256"),
        (("--sizes", "32,4"), "choose a larger size"),
        (("--threads", "two"), "--threads is 'two'; expected whole numbers"),
        (("--only", "tensorflaw"), "did you mean tensorflow"),
        (("--preset", "gaty"), "did you mean gatys"),
        (("-o", "/there/is/no/folder.html"), "create it first"),
        (("--json", "."), None),
        (("-o", "report", "--json", "./report"), "expected two files"),
    ],
)
def test_a_mistake_is_one_sentence(backpaint, arguments, sentence):
    done = backpaint("compare", *arguments)
    assert done.code == 2
    assert sentence is None or sentence in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_keeps_what_was_measured_and_writes_the_report(name, tmp_path):
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    numbers, page = tmp_path / "report.json", tmp_path / "report.html"
    ours, theirs = pty.openpty()
    command = [
        *(sys.executable, "-m", "backpaint", "compare", "--sizes", "32", "--threads", "1"),
        *("--rounds", "9999", "--only", "reference", "--json", str(numbers), "-o", str(page)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = b""
    while b"round 3 of 9999" not in shown:
        shown += os.read(ours, 4096)
    process.send_signal(getattr(signal, name))
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 130
    assert "interrupted" in out
    found = json.loads(numbers.read_text())
    assert found["interrupted"]
    assert len(found["cells"][0]["rows"][0]["seconds"]) >= 2
    assert "interrupted" in page.read_text(encoding="utf-8")
