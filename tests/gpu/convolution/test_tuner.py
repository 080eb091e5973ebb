"""Choosing kernels by the clock: every way is right, and what was measured is remembered."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backpaint.gpu import GPUObjective
from backpaint.gpu.convolution import convolution
from backpaint.gpu.convolution.convolution import own_ways, ruled_way, task_of
from backpaint.gpu.convolution.filters import Filters, Precision, prepare_filters
from backpaint.gpu.convolution.launch import launch_conv
from backpaint.gpu.convolution.tiles import TILES
from backpaint.gpu.convolution.tuner import Tuner
from backpaint.gpu.device import choice, device, timing
from backpaint.gpu.device.tuning_file import Measured, TuningFile, tuning_file

from ...problems import everything, make_problem, one_block, start
from ...tolerances import TENSOR_CORES, assert_agree
from .convolutions import INPUT_SCALE, STORED, Array, bits, example

pytestmark = pytest.mark.usefixtures("emulated")

HERE = {"device": "emulated"}


@pytest.fixture(autouse=True)
def no_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what `test_trials.py` looks at: g++ would compile each anew for each task."""
    monkeypatch.setattr(convolution, "possible_trials", lambda *_: ())


@pytest.fixture
def every_kernel() -> None:
    """Let each way launch its own kernel."""


@pytest.fixture(autouse=True)
def the_rules_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all ways launch the kernel that the rule takes: g++ compiles one, and not four."""

    def launch(*given: Any, tile: Any, **steps: Any) -> None:
        launch_conv(*given, **steps)

    if "every_kernel" not in request.fixturenames:
        monkeypatch.setattr(convolution, "launch_conv", launch)


class Clock:
    """Launches once, and tells the times that it was given, in order."""

    def __init__(self, *milliseconds: float) -> None:
        self.milliseconds = list(milliseconds)
        self.launches = 0

    def __call__(self, launch: Callable[[], None], runs: int) -> float:
        launch()
        self.launches += 1
        return self.milliseconds.pop(0)


class Call:
    """A convolution with everything that it takes, on the device."""

    def __init__(self, precision: Precision = "exact", size: int = 4, **steps: Any) -> None:
        x, w, b = example(size, 5, 64, 64)
        stored = STORED[precision]
        self.filters: Filters = prepare_filters(w, precision)
        self.x = device.xp().asarray(x.astype(stored))
        self.out = device.xp().asarray(x.astype(stored))
        self.steps = {"input_scale": INPUT_SCALE.get(precision, 1.0), **steps}
        if not steps:
            self.steps |= {"bias": device.xp().asarray(b), "relu": True}

    def run(self, convolve: Callable[..., None] = launch_conv) -> Array:
        convolve(self.x, self.filters, self.out, **self.steps)
        return device.to_host(self.out)

    def labels(self) -> list[str]:
        return [way.label for way in own_ways(self.task, self.filters)]

    @property
    def task(self) -> Any:
        return task_of(self.x, self.filters, self.steps)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tuning.json"


def tuner_of(path: Path, clock: Clock, here: dict[str, str] = HERE) -> Tuner:
    return Tuner(TuningFile(path, here), own_ways, clock)


def choice_in(path: Path, call: Call) -> Any:
    return json.loads(path.read_text())["tasks"][str(call.task)]["choice"]


def test_the_fastest_is_taken_and_remembered(path):
    call, clock = Call("tf32"), Clock(4.0, 3.0, 2.5, 2.0)
    assert call.labels() == [  # 64 channels out: tiles of 128 do not divide them
        "conv_sm90 16x64",
        "conv_sm90 8x64",
        "conv_sm80 8x64",
        "conv_sm80 4x64",
    ]
    tuned = tuner_of(path, clock)
    found = [call.run(tuned), call.run(tuned), call.run(tuner_of(path, clock))]
    assert clock.launches == 4
    ((key, measured),) = json.loads(path.read_text())["tasks"].items()
    assert key == "tf32 float32 4x5 64->64 bias relu"
    assert measured["choice"] == "conv_sm80 4x64"
    assert measured["milliseconds"] == dict(zip(call.labels(), (4, 3, 2.5, 2), strict=True))
    (_, _, _, last) = own_ways(call.task, call.filters)
    expected = call.run(lambda *given, **steps: last(*given, workspace=None, **steps))
    assert all(np.array_equal(y, expected) for y in found)


@pytest.mark.parametrize(
    ("times", "expected"), [((2.0, 2.0), 1), ((1.95, 2.0), 1), ((1.9, 2.0), 0)]
)
def test_a_tie_goes_to_the_rule(path, times, expected):
    call = Call()
    assert ruled_way(call.task).label == call.labels()[1]
    call.run(tuner_of(path, Clock(*times)))
    assert (
        json.loads(path.read_text())["tasks"][str(call.task)]["choice"] == call.labels()[expected]
    )


def test_what_is_added_to_is_added_to_once(path):
    call, again = Call(), Call()
    for one in (call, again):
        one.steps["add"] = one.out
    assert np.array_equal(call.run(tuner_of(path, Clock(1.0, 1.0))), again.run())


def test_another_task_is_measured_anew_and_a_like_one_is_not(path):
    mask = device.xp().asarray(bits(np.ones((4, 5, 64), bool)))
    calls = [Call(), Call(), Call("split"), Call(mask=mask), Call(size=3)]
    clock = Clock(*[1.0] * 8)
    tuned = tuner_of(path, clock)
    for call in calls:
        call.run(tuned)
    assert clock.milliseconds == []
    assert len({str(call.task) for call in calls}) == 4


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"circumstances": {}, "tasks": {}}', '{"tasks": 3}', "\xff", '{"a": NaN}'],
)
def test_a_broken_or_foreign_file_is_measured_anew(path, text):
    path.parent.mkdir()
    path.write_text(text, encoding="latin-1")
    clock = Clock(1.0, 1.0)
    Call().run(tuner_of(path, clock))
    assert clock.launches == 2
    assert json.loads(path.read_text())["circumstances"] == HERE


def test_other_circumstances_are_measured_anew(path):
    clock = Clock(*[1.0] * 4)
    Call().run(tuner_of(path, clock))
    Call().run(tuner_of(path, clock, HERE | {"driver": "13000"}))
    assert clock.launches == 4
    assert json.loads(path.read_text())["circumstances"]["driver"] == "13000"


def test_a_kernel_that_is_no_more_is_forgotten(path):
    call, clock = Call(), Clock(1.0, 1.0)
    TuningFile(path, HERE).put(str(call.task), Measured("conv_of_old 1x1", {}))
    call.run(tuner_of(path, clock))
    assert clock.launches == 2
    assert choice_in(path, call) in call.labels()


@pytest.mark.parametrize("fault", ["out", "positive"])
def test_a_way_to_convolve_that_writes_something_else_is_not_taken(path, fault):
    call = Call(add=None)
    call.steps["positive"] = device.xp().zeros((4, 5, 8), np.uint8)
    usual = ruled_way(call.task)

    class Wrong:
        label, workspace_bytes = "wrong", 0

        def __call__(self, x: Any, filters: Filters, out: Any, **given: Any) -> None:
            usual(x, filters, out, **given)
            (out if fault == "out" else given["positive"])[1, 2, 3] = 7

    tuned = Tuner(TuningFile(path, HERE), lambda *_: (usual, Wrong()), Clock(2.0, 1.0))
    assert np.array_equal(call.run(tuned), call.run())
    (measured,) = json.loads(path.read_text())["tasks"].values()
    assert (measured["choice"], measured["refused"]) == (usual.label, ["wrong"])


def test_two_processes_keep_each_others_measurements(path):
    one, other = TuningFile(path, HERE), TuningFile(path, HERE)
    one.put("a", Measured("x", {}))
    other.put("b", Measured("y", {}))
    kept = TuningFile(path, HERE)
    assert (kept.get("a"), kept.get("b")) == (Measured("x", {}), Measured("y", {}))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_written_is_no_error(path):
    path.parent.write_text("a file, where a folder should be")
    Call().run(tuner_of(path, Clock(1.0, 1.0)))


@pytest.mark.slow  # of each kernel the smallest tile: `test_kernels.py`
@pytest.mark.usefixtures("every_kernel")
@pytest.mark.parametrize("precision", TILES)
def test_every_way_is_right_and_a_kernels_tiles_sum_in_one_order(precision):
    call = Call(precision)
    expected = call.run().copy()
    results: dict[str, set[bytes]] = {}
    for way in own_ways(call.task, call.filters):
        y = call.run(lambda *given, way=way, **steps: way(*given, workspace=None, **steps))
        assert np.abs(y - expected).max() < 2e-3 * np.abs(expected).max()
        results.setdefault(way.label.split()[0], set()).add(y.tobytes())
    assert all(len(found) == 1 for found in results.values())


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the user another cache folder, and the clock little to do."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(choice, "RUNS", 1)
    monkeypatch.setattr(timing, "CALLS", 1)
    return tmp_path / "tuning"


@pytest.mark.slow
@pytest.mark.usefixtures("every_kernel")
def test_a_tuned_engine_is_right_and_measures_once(cache):
    problem = make_problem(everything(), (8, 9), styles=((6, 7),))
    x = start(problem)
    plain = GPUObjective(problem, "tf32").evaluate(x)
    objective = GPUObjective(problem, "tf32", tune="own")
    first, *others = (objective.evaluate(x) for _ in range(3))
    (path,) = cache.iterdir()
    before = path.read_bytes()
    others.append(GPUObjective(problem, "tf32", tune="own").evaluate(x))
    assert path.name == "emulated-gpu-own.json"
    assert path.read_bytes() == before
    assert all(np.array_equal(other.gradient, first.gradient) for other in others)
    assert_agree(first, plain, TENSOR_CORES)
    circumstances = json.loads(before)["circumstances"]
    assert circumstances["capability"] == "9.0"
    assert circumstances.keys() >= {"driver", "runtime", "backpaint", "multiprocessors"}
    (key, *_) = json.loads(before)["tasks"]
    assert tuning_file("own", {}).get(key) is not None
    assert tuning_file("own", {"library": "9"}).get(key) is None


@pytest.mark.slow
@pytest.mark.usefixtures("every_kernel")
def test_tuning_exact_changes_no_bit(cache, monkeypatch):
    """Whatever the clock says: here the last way of everything is taken."""
    monkeypatch.setattr(choice, "fastest", lambda milliseconds, usual: list(milliseconds)[-1])
    problem = make_problem(one_block(), (3, 4), styles=((4, 3),))
    plain, tuned = (
        GPUObjective(problem, "exact", tune=tune).evaluate(start(problem))
        for tune in ("off", "own")
    )
    (path,) = cache.iterdir()
    tasks = json.loads(path.read_text())["tasks"]
    assert {task["choice"] for task in tasks.values()} == {
        *("conv_from_picture 8x64", "conv_to_picture 32x3", "conv_sm80 4x64"),
        *("runs", "gram_parts", "at once"),
    }
    assert np.array_equal(plain.gradient, tuned.gradient)
    assert tuned.terms == pytest.approx(plain.terms, rel=1e-12)
