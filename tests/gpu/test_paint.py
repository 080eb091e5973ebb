"""Whole paintings on the emulated device, from Python and from the command line."""

import numpy as np
import pytest

import backpaint
from backpaint.cpu import CPUObjective
from backpaint.errors import RunError, UsageError
from backpaint.examples import example_path
from backpaint.gpu.device import device

from ..tolerances import assert_close
from .conftest import has_gpu

SHALLOW = {"style.layers": {"relu1_1": 0.5, "relu2_1": 0.5}, "content.layers": {"relu1_2": 1.0}}
PICTURES = example_path("cat"), example_path("swirls")


def settings(preset: str, **changes: object) -> dict[str, object]:
    return {"preset": preset, "size": 12, "iterations": 4, "changes": SHALLOW | changes}


@pytest.mark.parametrize(
    "preset",
    [
        "gatys",
        "tf-tutorial",
        pytest.param("pytorch-adam", marks=pytest.mark.slow),
        "tf-vgg16-lbfgs",
    ],
)
def test_a_painting_on_the_device_is_that_of_the_host(preset, emulated):
    wanted = settings(preset)
    if preset == "tf-vgg16-lbfgs":
        wanted |= {"iterations": 2}
        wanted["changes"] = SHALLOW | {"optimizer.evaluations_per_round": 3}
    host = backpaint.paint(*PICTURES, engine=backpaint.Reference(dtype="float64"), **wanted)
    pictures = []
    on_device = backpaint.paint(
        *PICTURES,
        engine=backpaint.GPU(dtype="float64"),
        optimizer_on="device",
        on_iteration=lambda number, x: pictures.append((number, x)),
        **wanted,
    )
    assert on_device.reason == host.reason
    assert on_device.iterations == host.iterations
    assert len(on_device.history) == len(host.history)
    for actual, expected in zip(on_device.history, host.history, strict=True):
        assert (actual.evaluation, actual.iteration) == (expected.evaluation, expected.iteration)
        assert_close("loss", actual.loss, expected.loss, 1e-7)
        assert_close("gradient", actual.grad_norm, expected.grad_norm, 1e-6)
    assert_close("x", on_device.x, host.x, 1e-7)
    assert [number for number, _ in pictures] == [*range(1, host.iterations + 1)]
    assert np.array_equal(pictures[-1][1], on_device.x)


def test_the_optimizer_may_stay_on_the_host(emulated):
    wanted = settings("gatys") | {"engine": backpaint.GPU(dtype="float64")}
    host = backpaint.paint(*PICTURES, optimizer_on="host", **wanted)
    on_device = backpaint.paint(*PICTURES, **wanted)
    assert on_device.loss == pytest.approx(host.loss, rel=1e-4)


def test_what_the_device_cannot_do_is_said(emulated):
    with pytest.raises(UsageError, match="choose optimizer-on host"):
        backpaint.paint(*PICTURES, engine="gpu", optimizer_on="device", **settings("gatys-pytorch"))
    with pytest.raises(UsageError, match="precision is 'double'; expected exact, tf32 or fast"):
        backpaint.paint(*PICTURES, engine=backpaint.GPU(precision="double"), **settings("gatys"))


def test_a_run_that_meets_infinity_keeps_the_last_good_picture(emulated):
    wanted = settings("tf-tutorial", **{"optimizer.rate": 1e30, "optimizer.clip": "none"})
    with pytest.raises(RunError, match="evaluation 2 met NaN or infinity, first in ") as ended:
        backpaint.paint(*PICTURES, engine=backpaint.GPU(precision="tf32"), **wanted)
    painting = ended.value.painting
    start = backpaint.objective(
        *PICTURES, engine="reference", **{k: wanted[k] for k in ("preset", "size", "changes")}
    )
    assert_close("x", painting.x, start.initial(), 1e-6)
    assert len(painting.history) == 1


def test_an_interrupted_run_keeps_the_accepted_picture(emulated):
    seen = []

    def interrupt(record):
        seen.append(record)
        if record.evaluation == 8:
            raise KeyboardInterrupt

    accepted = []
    painting = backpaint.paint(
        *PICTURES,
        engine=backpaint.GPU(dtype="float64"),
        callback=interrupt,
        on_iteration=lambda _, x: accepted.append(x),
        **settings("gatys"),
    )
    assert painting.interrupted
    assert len(seen) == 8
    assert any(np.array_equal(painting.x, x) for x in accepted)


def test_too_little_memory_names_the_size_that_fits():
    with device.emulate(total_bytes=1_450_000_000), pytest.raises(UsageError) as error:
        backpaint.objective(*PICTURES, engine="gpu", size=1000)
    assert "the largest that fits has" in str(error.value)


@pytest.mark.skipif(has_gpu(), reason="this machine has a GPU")
def test_without_a_gpu_the_engine_is_refused_and_auto_goes_elsewhere():
    with pytest.raises(UsageError, match="the engine gpu"):
        backpaint.objective(*PICTURES, engine="gpu", size=32)
    assert isinstance(backpaint.objective(*PICTURES, size=32), CPUObjective)
