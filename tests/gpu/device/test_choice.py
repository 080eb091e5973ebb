"""Several ways to do one thing: the usual one, or the one that the clock names."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backpaint.gpu.device.choice import Clock, usual
from backpaint.gpu.device.device import to_host, xp
from backpaint.gpu.device.tuning_file import TuningFile

pytestmark = pytest.mark.usefixtures("emulated")


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


def test_a_way_that_was_never_tried_is(file):
    clock(file, 2.0, 1.0)("task", Ways("old", "new"))
    ways = Ways("old", "new", "newer")
    chosen = clock(TuningFile(file.path, {}), 2.0, 1.0, 0.5)
    chosen("task", ways)
    chosen("task", fewer := Ways("newer", "old"))  # fewer are nothing new
    assert (ways.done, fewer.done) == (["newer"], ["newer"])


@pytest.mark.parametrize("wrong", [np.nan, 1.0 + 1e-4, np.inf])
def test_what_writes_something_else_is_not_taken_however_fast(file, wrong):
    out = xp().zeros(8, np.float32)

    def launch(value: float) -> None:
        out[...] = 1
        out[5] = value

    ways = {name: lambda value=value: launch(value) for name, value in values(wrong).items()}
    for milliseconds in ((3.0, 1.0, 2.0), ()):  # the second time it is known
        clock(TuningFile(file.path, {}), *milliseconds)("task", ways, out)
        assert np.array_equal(to_host(out), np.ones(8))
    kept = json.loads(file.path.read_text())["tasks"]["task"]
    assert kept == {
        "choice": "right",
        "milliseconds": {"usual": 3.0, "right": 2.0},
        "refused": ["wrong"],
    }


def values(wrong: float) -> dict[str, float]:
    return {"usual": 1.0, "wrong": wrong, "right": 1.0}


def test_what_leaves_a_number_unwritten_is_not_taken(file):
    out = xp().zeros(8, np.float32)

    def usual_way() -> None:
        out[...] = 1

    def short_way() -> None:
        out[:7] = 1

    clock(file, 2.0, 1.0)("task", {"usual": usual_way, "short": short_way}, out)
    assert file.get("task").choice == "usual"
    assert np.array_equal(to_host(out), np.ones(8))
