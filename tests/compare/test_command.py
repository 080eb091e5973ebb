"""``backpaint compare`` as a person uses it."""

import json
import os
import signal
import subprocess
import sys
from importlib import import_module

import pytest

from backpaint.compare.subject.result import Comparison

from .comparisons import shallow_preset

QUICK = ("compare", "--sizes", "40x32", "--rounds", 1, "--threads", 1, "--only", "reference")


def test_everybody_is_checked_then_timed_and_the_reports_tell_it(backpaint, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "backpaint.compare.processes.child.PAUSE", 0.0
    )  # nobody is timed in earnest
    preset = shallow_preset(tmp_path)
    page, numbers, steps = tmp_path / "report.html", tmp_path / "report.json", []
    monkeypatch.setattr(
        import_module("backpaint.cli.compare"),
        "_progress",
        lambda expected: lambda *step: steps.append(step),
    )
    done = backpaint(*QUICK, "--preset", preset, "-o", page, "--json", numbers)
    assert done.code == 0, done.err
    assert "about" in done.out.splitlines()[1]
    assert "40 x 32, 1 thread" in done.out
    found = Comparison.from_json(numbers.read_bytes())
    (row,) = found.cells[0].rows
    assert (row.name, row.failure, row.checked_at) == ("reference", None, (32, 40))
    assert len(row.seconds) == len(row.cpu_seconds) == 1
    assert min(row.seconds[0], row.trial_seconds) > 0
    assert row.peak_mb > 20
    assert 0 < row.gradient_error < 1e-3
    assert row.loss_error < 1e-4
    assert found.cells[0].speed(row) is None  # there is no library
    assert "reference" in page.read_text(encoding="utf-8")
    assert {*tmp_path.iterdir()} == {page, numbers, preset}
    assert steps[-1][1] == "40 x 32, 1 thread: round 1 of 1, reference"
    parts = [done for done, _ in steps]
    assert parts == pytest.approx([0, 1 / 4, 2 / 4, 3 / 4])  # judge, check, start, turn


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
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
