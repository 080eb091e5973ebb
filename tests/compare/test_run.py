"""Real comparisons of small pictures, in real processes."""

import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backpaint.compare import Plan, rounds, run
from backpaint.compare.processes.child import Child, ChildError
from backpaint.compare.processes.worker import Worker
from backpaint.compare.subject import competitors

from .comparisons import shallow_preset

CPU = competitors.competitor("cpu")
PLAN = Plan(sizes=((32, 40),), threads=(1,), rounds=2, only=("cpu/exact", "reference"))


@pytest.mark.slow
def test_everybody_is_checked_then_timed_in_every_round():
    steps = []
    comparison = run(PLAN, lambda done, text: steps.append((done, text)))
    (cell,) = comparison.cells
    assert [row.name for row in cell.rows] == ["cpu/exact", "reference"]
    for row in cell.rows:
        assert row.failure is None
        assert len(row.seconds) == len(row.cpu_seconds) == 2
        assert min(row.seconds) > 0
        assert row.peak_mb > 20
        assert row.checked_at == (32, 40)
        assert 0 < row.gradient_error < 1e-2
        assert row.loss_error < 1e-4
        assert cell.speed(row) is None  # there is no library
    losses = [row.loss for row in cell.rows]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-4)
    assert steps[-1][1] == "40 x 32, 1 thread: round 2 of 2, reference"
    parts = [done for done, _ in steps]
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(8 / 9)  # judge, 2 checks, 2 starts, 4 turns


def test_ctrl_c_ends_a_comparison_not_its_caller():
    def press(done, text):
        signal.raise_signal(signal.SIGINT)

    comparison = run(PLAN, press)
    assert comparison.interrupted
    assert [cell.rows for cell in comparison.cells] == [[]]


LONG = """
import sys, threading
from backpaint.compare.processes import child as processes
from backpaint.compare.subject.competitors import competitor
processes.PAUSE = 0.0
watching = "from backpaint.compare.processes import worker; worker.WATCH = 0.1; worker.serve()"
child = processes.Child(competitor("cpu"), sys.argv[1], (32, 40), 1, ("-c", watching))
child.ask("evaluate", at_least=0.0)
tell = threading.Timer(0.1, lambda: print(child._process.pid, flush=True))  # it has its order then
tell.start()
child.ask("evaluate", at_least=600.0)
"""


def computes(process):
    """Whether a process runs; one that has ended may wait for whoever asks how."""
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and ") Z" not in stat.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="there /proc does not tell of processes")
def test_nothing_computes_on_when_a_comparison_is_killed(tmp_path):
    command = [sys.executable, "-c", LONG, shallow_preset(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        child = int(killed.stdout.readline())
        assert computes(child)
        killed.kill()
    end = time.monotonic() + 30
    while computes(child) and time.monotonic() < end:
        time.sleep(0.1)
    assert not computes(child)


@pytest.mark.slow
def test_what_is_wrong_is_not_timed(monkeypatch):
    strict = replace(CPU, tolerance=1e-15)
    monkeypatch.setattr(competitors, "COMPETITORS", (strict,))
    comparison = run(replace(PLAN, only=("cpu",)))
    (row,) = comparison.cells[0].rows
    assert "its gradient is off by" in row.failure
    assert not row.is_timed
    assert row.trial_seconds is None


@pytest.mark.slow
def test_those_who_do_not_fit_together_run_one_after_the_other(monkeypatch):
    monkeypatch.setattr(rounds, "available_bytes", lambda: 1)
    steps = []
    comparison = run(replace(PLAN, only=("cpu",), rounds=2), lambda done, text: steps.append(text))
    (cell,) = comparison.cells
    assert not cell.in_turn
    assert [len(row.seconds) for row in cell.rows] == [2, 2]
    turns = [text.rpartition(" ")[2] for text in steps if "round" in text]
    assert turns == ["cpu", "cpu", "cpu/exact", "cpu/exact"]


@pytest.mark.slow
def test_large_pictures_are_checked_at_a_smaller_size(monkeypatch):
    monkeypatch.setattr(rounds, "checked_size", lambda size: (32, 32))
    comparison = run(replace(PLAN, sizes=((48, 48),), only=("reference",), rounds=1))
    (row,) = comparison.cells[0].rows
    assert row.checked_at == (32, 32)
    assert row.gradient_error < 1e-3
    assert row.is_timed


@pytest.mark.usefixtures("thin_networks")
def test_no_process_computes_at_two_sizes(monkeypatch):
    children = []

    class Near(nullcontext):
        """A worker without a process of its own."""

        def __init__(self, competitor, preset, size, threads):
            super().__init__(self)
            self.worker = Worker(competitor.name if competitor else "judge", preset, size, threads)
            self.orders, self.size = [], size
            children.append(self)

        def ask(self, order, **details):
            self.orders.append(order)
            return getattr(self.worker, order)(**details)

    monkeypatch.setattr(rounds, "Child", Near)
    monkeypatch.setattr(rounds, "checked_size", lambda size: (32, 32))
    comparison = run(replace(PLAN, sizes=((36, 32),), only=("reference",), rounds=1))
    (row,) = comparison.cells[0].rows
    assert (row.failure, row.checked_at, row.is_timed) == (None, (32, 32), True)
    assert [(child.size, set(child.orders)) for child in children] == [
        ((32, 32), {"judge"}),
        ((32, 32), {"check"}),
        ((36, 32), {"evaluate"}),  # alone
        ((36, 32), {"evaluate"}),  # in turn
    ]


@pytest.mark.slow
def test_a_preset_that_reports_another_loss_is_made_consistent():
    comparison = run(replace(PLAN, preset="jcjohnson", only=("cpu/exact",), rounds=1))
    (row,) = comparison.cells[0].rows
    assert row.failure is None
    assert row.gradient_error < 1e-2


def test_a_process_that_ends_says_how():
    program = ("-c", "raise SystemExit(3)")
    with (
        Child(CPU, "gatys", (32, 32), 1, program) as child,
        pytest.raises(ChildError, match="ended with code 3"),
    ):
        child.ask("evaluate", at_least=0.0)


def test_an_order_that_fails_says_why_and_the_process_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("backpaint.compare.processes.child.PAUSE", 0.0)
    with Child(CPU, str(shallow_preset(tmp_path)), (32, 32), 1) as child:
        with pytest.raises(ChildError, match="FileNotFoundError"):
            child.ask("check", file="/there/is/no/such.npz")
        assert child.ask("evaluate", at_least=0.0)["seconds"] > 0


def test_what_a_library_prints_is_no_answer():
    program = (
        "-c",
        "from backpaint.compare.processes.worker import serve\n"
        "def talk(worker): print('loud'); return {'name': worker.name}\n"
        "serve({'talk': talk})",
    )
    with Child(CPU, "gatys", (32, 32), 1, program) as child:
        assert child.ask("talk") == {"name": "cpu"}
