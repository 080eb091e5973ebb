"""cuDNN as a provider of convolutions, on a stand-in of the part of it that is used."""

import json
import sys
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.gpu import objective as objective_module
from backpaint.gpu.convolution import convolution, tuner
from backpaint.gpu.convolution import cudnn as cudnn_conv
from backpaint.gpu.convolution.convolution import WayRefused, task_of
from backpaint.gpu.convolution.cudnn import cudnn_ways
from backpaint.gpu.convolution.filters import Precision, prepare_filters
from backpaint.gpu.convolution.tiles import Tile, choose_tile
from backpaint.gpu.convolution.tuner import Tuner
from backpaint.gpu.device import choice, device, timing
from backpaint.gpu.emulator import cudnn_on_cpu
from backpaint.gpu.pointwise.masks import launch_note_positive

from ...problems import everything, make_problem, start
from ...problems import expected as reference
from ...tolerances import TENSOR_CORES, assert_agree
from .convolutions import STORED, Array, bits, example, expected

PRECISIONS: tuple[Precision, ...] = ("tf32", "fast")
TOLERANCE = {"tf32": 1e-5, "fast": 1e-3}

emulated = pytest.mark.usefixtures("emulated")
each_precision = pytest.mark.parametrize("precision", PRECISIONS)


def the_rules(precision: Precision, channels: int) -> list[Tile]:
    """List the tile alone that the rule takes for a small picture."""
    return [choose_tile(precision, 1, 1, channels)]


class Call:
    """A convolution on the device, by each plan that can be built."""

    def __init__(self, x: Array, w: Array, precision: Precision, **steps: Any) -> None:
        self.filters = prepare_filters(w, precision, turned="mask" in steps)
        stored = STORED[precision]
        self.x = device.xp().asarray(x.astype(stored))
        shape = (*x.shape[:2], self.filters.channels_out)
        self.out = device.xp().asarray(np.full(shape, np.nan, stored))
        self.steps = {
            name: device.xp().asarray(value) if isinstance(value, np.ndarray) else value
            for name, value in steps.items()
        }

    def ways(self) -> list[cudnn_conv.CudnnWay]:
        return list(cudnn_ways(task_of(self.x, self.filters, self.steps), self.filters))

    def run(self, way: cudnn_conv.CudnnWay) -> Array:
        workspace = device.xp().empty(way.workspace_bytes, np.uint8)
        way(self.x, self.filters, self.out, workspace=workspace, **self.steps)
        return device.to_host(self.out)


@emulated
@each_precision
def test_forward(precision):
    x, w, b = example(5, 6, 64, 128)
    scale = 4.0
    positive = np.full((5, 6, 16), 99, np.uint8)
    exact = np.maximum(scale * expected(x, w, 0 * b, precision) + b, 0)
    call = Call(x, w, precision, bias=b, relu=True, positive=positive, scale=scale)
    for way in call.ways()[:2]:
        y = call.run(way)
        assert np.abs(y - exact).max() <= TOLERANCE[precision] * exact.max()
        assert np.array_equal(device.to_host(call.steps["positive"]), bits(y > 0))
    linear = Call(x, w, precision, bias=b, scale=scale)
    assert linear.run(linear.ways()[0]).min() < 0


@emulated
@each_precision
def test_backward(precision):
    _, w, _ = example(1, 1, 64, 128)
    rng = np.random.default_rng(1)
    grad_y, alive = rng.standard_normal((4, 3, 128)), rng.random((4, 3, 64)) < 0.5
    call = Call(grad_y, w, precision, mask=bits(alive))
    turned = np.ascontiguousarray(w[::-1, ::-1].transpose(0, 1, 3, 2))
    rounded = expected(grad_y, turned, np.zeros(64), precision)
    exact = np.where(alive, rounded, 0)
    grad_x = call.run(call.ways()[1])
    assert np.abs(grad_x - exact).max() <= TOLERANCE[precision] * np.abs(exact).max()


@emulated
def test_a_plan_that_cannot_be_built_is_refused():
    x, w, b = example(2, 2, 64, 64)
    good, also, bad = Call(x, w, "tf32", bias=b).ways()
    assert (good.workspace_bytes, also.workspace_bytes) == (0, 4096)
    assert good.label == "cudnn eng0_k0=1"
    with pytest.raises(WayRefused, match="eng2_k0=3: this plan cannot be built"):
        _ = bad.workspace_bytes


@emulated
def test_a_scale_may_change():
    x, w, _ = example(2, 3, 64, 64)
    call = Call(x, w, "fast", scale=1.0)
    (way, *_) = call.ways()
    results = []
    for scale in (1.0, 2.0, 1.0):
        call.steps["scale"] = scale
        results.append(call.run(way).copy())
    assert np.array_equal(results[0], results[2])
    assert np.array_equal(2 * results[0], results[1])


@emulated
def test_what_cudnn_is_not_asked_for():
    x, w, b = example(2, 2, 64, 64)
    assert Call(x, w, "exact", bias=b).ways() == []
    assert Call(x, w, "split", bias=b).ways() == []
    assert Call(x, w, "tf32", add=x).ways() == []


@emulated
@pytest.mark.parametrize("precision", ["tf32", pytest.param("fast", marks=pytest.mark.slow)])
def test_an_engine_of_cudnn_is_right_and_its_graph_gives_its_bits(precision, monkeypatch, tmp_path):
    clock = count(1)

    def the_later_the_faster(launch: Any, runs: int) -> float:
        launch()
        return 0.9 ** next(clock)

    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(tuner, "Tuner", partial(Tuner, time=the_later_the_faster))
    monkeypatch.setattr(convolution, "possible_trials", lambda *_: ())  # see `test_trials.py`
    monkeypatch.setattr(convolution, "possible_tiles", the_rules)  # for others see `test_tuner.py`
    monkeypatch.setattr(objective_module, "chooser", lambda _: choice.usual)
    monkeypatch.setattr(choice, "RUNS", 1)
    monkeypatch.setattr(timing, "CALLS", 1)
    problem = make_problem(everything(), (3, 4), styles=((4, 3),))
    objective = GPUObjective(problem, precision, tune="cudnn")
    first, *others = (objective.evaluate(start(problem)) for _ in range(3))
    others.append(GPUObjective(problem, precision, tune="cudnn").evaluate(start(problem)))
    assert all(np.array_equal(other.gradient, first.gradient) for other in others)
    assert_agree(first, reference(problem), TENSOR_CORES)
    (path,) = (tmp_path / "tuning").iterdir()
    found = json.loads(path.read_text())
    assert found["circumstances"]["cudnn"] == "90000"
    chosen = {
        measured["choice"]
        for task, measured in found["tasks"].items()
        if task.startswith(precision) and " add" not in task  # else no convolution, or ours
    }
    assert chosen == {"cudnn eng1_k0=2"}
    assert all(
        "eng2" not in text for row in found["tasks"].values() for text in row["milliseconds"]
    )


def test_exact_stays_ours():
    with pytest.raises(UsageError, match="no convolution that is as accurate as precision exact"):
        GPUObjective(make_problem(everything(), (8, 9)), "exact", tune="cudnn")


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "cudnn", None)
    with pytest.raises(UsageError, match="pip install nvidia-cudnn-frontend nvidia-cudnn-cu12"):
        tuner.convolver("cudnn")


def test_without_the_library(monkeypatch):
    def fail() -> int:
        raise RuntimeError("no libcudnn")

    monkeypatch.setattr(cudnn_on_cpu, "backend_version", fail)
    with device.emulate(), pytest.raises(UsageError, match=r"no cuDNN that it can use \(no libcud"):
        tuner.convolver("cudnn")


@emulated
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_bits_of_what_is_positive(dtype):
    x = np.random.default_rng(0).standard_normal((3, 5, 16)).astype(dtype)
    x[0, 0, :4] = [0.0, -0.0, np.nan, np.inf]
    positive = device.xp().empty((3, 5, 2), np.uint8)
    launch_note_positive(device.xp().asarray(x), positive=positive)
    assert np.array_equal(device.to_host(positive), bits(x > 0))


class TestStandIn:
    """What the stand-in refuses, as cuDNN would, or would silently do wrong."""

    pytestmark = emulated

    def call(self) -> tuple[Call, cudnn_conv.CudnnWay]:
        x, w, b = example(3, 2, 64, 64)
        call = Call(x, w, "tf32", bias=b)
        way = call.ways()[1]
        assert way.workspace_bytes == 4096
        return call, way

    def test_a_workspace_that_is_too_small(self):
        call, way = self.call()
        small = device.xp().empty(4095, np.uint8)
        with pytest.raises(RuntimeError, match="4096 bytes at 0x"):
            way(call.x, call.filters, call.out, workspace=small, **call.steps)

    def test_an_array_that_was_not_described(self):
        call, way = self.call()
        workspace = device.xp().empty(4096, np.uint8)
        with pytest.raises(RuntimeError, match=r"cuDNN takes the arrays \[1, 2, 3, 4\], not"):
            way(call.x, call.filters, call.out, workspace=workspace)

    def test_another_stream(self, monkeypatch):
        call, way = self.call()
        monkeypatch.setattr(cudnn_on_cpu, "set_stream", lambda handle, stream: None)
        with device.xp().cuda.Stream(), pytest.raises(RuntimeError, match="another stream"):
            call.run(way)

    def test_compiling_during_a_capture(self):
        x, w, b = example(3, 2, 64, 64)
        (way, *_) = Call(x, w, "tf32", bias=b).ways()
        with device.xp().cuda.Stream() as stream:
            stream.begin_capture()
            with pytest.raises(WayRefused, match="compiles a plan during the capture"):
                _ = way.workspace_bytes

    def test_channels_that_are_not_innermost(self, monkeypatch):
        x, w, b = example(3, 2, 64, 64)
        monkeypatch.setattr(cudnn_conv, "_strides", lambda shape: [384, 6, 2, 1])
        assert Call(x, w, "tf32", bias=b).ways() == []
