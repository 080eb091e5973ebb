"""Several ways to do one thing: the usual one, or the one that the clock names."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from backpaint.gpu.device.choice import Clock, usual
from backpaint.gpu.device.tuning_file import TuningFile


class Ways(dict[str, Callable[[], None]]):
    """Three ways that note their names."""

    def __init__(self, *labels: str) -> None:
        self.done: list[str] = []
        super().__init__({label: lambda label=label: self.done.append(label) for label in labels})


@pytest.fixture
def file(tmp_path: Path) -> TuningFile:
    return TuningFile(tmp_path / "tuning.json", {})


def clock(file: TuningFile, *milliseconds: float) -> Clock:
    times = list(milliseconds)
    return Clock(file, lambda launch, runs: times.pop(0))


def test_the_usual_way_is_the_first():
    ways = Ways("old", "new")
    usual("task", ways)
    assert ways.done == ["old"]


def test_the_fastest_way_is_taken_and_remembered(file):
    ways = Ways("old", "new", "newer")
    chosen = clock(file, 2.0, 1.0, 3.0)
    chosen("task", ways)
    chosen("task", ways)
    clock(TuningFile(file.path, {}))("task", ways)
    assert ways.done == ["new"] * 3
    assert json.loads(file.path.read_text())["tasks"]["task"]["milliseconds"] == {
        "old": 2.0,
        "new": 1.0,
        "newer": 3.0,
    }


def test_what_is_hardly_faster_does_not_replace_the_usual_way(file):
    ways = Ways("old", "new")
    clock(file, 1.0, 0.98)("task", ways)
    assert ways.done == ["old"]


def test_a_way_that_is_no_more_is_forgotten(file):
    clock(file, 2.0, 1.0)("task", Ways("old", "new"))
    ways = Ways("old", "newer")
    clock(file, 2.0, 1.0)("task", ways)
    assert ways.done == ["newer"]


def test_an_only_way_is_not_timed(file):
    ways = Ways("old")
    clock(file)("task", ways)
    assert ways.done == ["old"]
    assert not file.path.exists()
