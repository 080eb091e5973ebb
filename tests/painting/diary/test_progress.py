"""How a run tells where it is: what counts, and about twenty lines where there is no terminal."""

import io

import pytest

from backpaint.painting.diary.progress import Progress, expected_evaluations, summarize
from backpaint.painting.run import Record
from backpaint.problem.recipe import LBFGS, LBFGSB, Adam

TERMS = {"content relu4_2": 1.0, "style relu1_1": 2.0, "style relu2_1": 3.0, "total variation": 4.0}


def record(evaluation, iteration=0, seconds=0.0, scale=None):
    return Record(evaluation, iteration, 10.0, TERMS, 1.0, seconds, scale)


@pytest.mark.parametrize(
    ("optimizer", "evaluations"),
    [
        (Adam(iterations=7, rate=1.0), 7),
        (LBFGSB(iterations=7), 7),
        (LBFGSB(iterations=7, evaluations_per_round=3), 21),
        (LBFGS(iterations=41, iterations_per_step=20), 60),
        (LBFGS(iterations=5, iterations_per_step=20), 5),
    ],
)
def test_at_least_so_many_evaluations(optimizer, evaluations):
    assert expected_evaluations(optimizer) == evaluations


def test_without_a_terminal_there_are_twenty_lines_and_the_time_left(capsys):
    with Progress(Adam(iterations=200, rate=1.0)) as progress:
        for n in range(1, 201):
            progress.show(record(n, n - 1, seconds=n / 2))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert lines[1] == (
        "evaluation 11/200  loss 10  (content 1, style 5, TV 4)  6 s, 1 min 34 s left"
    )


def test_a_line_search_counts_iterations(capsys):
    with Progress(LBFGSB(iterations=2)) as progress:
        for evaluation, iteration in ((1, 0), (2, 0), (3, 1), (4, 2)):
            progress.show(record(evaluation, iteration))
    places = [line.split("  ")[0] for line in capsys.readouterr().err.splitlines()]
    assert places == ["iteration 0/2", "iteration 1/2", "iteration 2/2"]


def test_quiet_is_quiet(capsys):
    with Progress(Adam(iterations=2, rate=1.0), quiet=True) as progress:
        progress.show(record(1))
    assert capsys.readouterr().err == ""


def test_terms_of_a_kind_are_added_up():
    assert summarize(record(1)) == "content 1, style 5, TV 4"


class Terminal(io.StringIO):
    def isatty(self):
        return True


SCALES = [(Adam(iterations=2, rate=1.0), 100), (Adam(iterations=3, rate=1.0), 400)]


def show_all(stages):
    with Progress(stages[-1][0], stages=stages) as progress:
        for n, (seconds, scale) in enumerate([(1, 0), (2, 0), (12, 1), (15, 1), (18, 1)], start=1):
            progress.show(record(n, n - 1, seconds, scale))
            progress._bar.refresh()


def test_the_time_left_of_several_sizes_is_that_of_the_size_that_is_painted(capsys):
    show_all(SCALES)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(")  ")[2] for line in lines] == [
        "1 s", "2 s, 12 s left", "12 s, 8 s left", "15 s, 3 s left", "18 s, 0 s left",
    ]  # fmt: skip


def test_the_bar_of_several_sizes_tells_the_same(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "80")
    show_all(SCALES)
    shown = screen.getvalue().split("\r")
    assert any(" 71%" in line and "3 s left, size 2 of 2, loss 10" in line for line in shown)


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_a_bar_has_room_in_every_terminal(columns, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    with Progress(Adam(iterations=4, rate=1.0)) as progress:
        for n in range(1, 5):
            progress.show(record(n, n - 1, seconds=500.0 + 100 * n))
            progress._bar.refresh()
    (line,) = [line for line in screen.getvalue().split("\r") if " 75%" in line][-1:]
    bar = line.split("|")[1]
    assert len(bar) >= 10
    assert len(line) <= columns
    assert "1 min 40 s left, loss 10" in line
    assert ("content 1" in line) == (columns >= 100)
