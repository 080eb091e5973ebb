"""An engine with its options is one value: checked when it is made, and told of in the picture."""

from dataclasses import fields

import numpy as np
import pytest

import backpaint
from backpaint.cli.shared.chosen import option_owners
from backpaint.cpu import CPUObjective
from backpaint.engines import ENGINES, engine_class, engine_name, fastest_engine, resolve_engine
from backpaint.errors import UsageError
from backpaint.gpu.device import device
from backpaint.painting.session import open_session
from backpaint.presets import load_preset, recipe, with_changes
from backpaint.reference.objective import ReferenceObjective


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: backpaint.Reference(dtype="float16"), "dtype is 'float16'; expected float32 or"),
        (lambda: backpaint.CPU(threads=0), "threads is 0; expected a whole number, 1 or"),
        (lambda: backpaint.GPU(precision="tf16"), "expected exact, tf32 or fast"),
        (lambda: backpaint.GPU(tune="all"), "expected off, own or cudnn"),
        (lambda: backpaint.GPU(device=-1), "device is -1; expected a whole number, 0 or"),
        (lambda: backpaint.GPU(dtype="half"), "expected float32 or float64"),
        (lambda: backpaint.CPU(threads="4"), "threads is '4'; expected a whole number"),
        (lambda: backpaint.CPU(threads=2.5), "threads is 2.5; expected a whole number"),
        (lambda: backpaint.CPU(threads=True), "threads is True; expected a whole number"),
        (lambda: backpaint.CPU(exact="no"), "exact is 'no'; expected True or False"),
        (lambda: backpaint.Reference(dtype=np.float16), "expected float32 or float64"),
        (lambda: backpaint.Reference(dtype=np.dtype("int8")), "dtype is 'int8'; expected float32"),
        (lambda: backpaint.Reference(dtype=None), "dtype is None; expected float32 or float64"),
        (lambda: resolve_engine(None), "engine is None; expected a name such as 'cpu', or"),
        (lambda: resolve_engine(backpaint.CPU), "expected a name such as 'cpu', or an engine"),
    ],
)
def test_a_wrong_option_is_refused_where_it_is_written(make, sentence):
    with pytest.raises(UsageError, match=sentence):
        make()


@pytest.mark.parametrize("engine", [backpaint.Reference, backpaint.GPU])
@pytest.mark.parametrize("dtype", [np.float64, np.dtype("float64"), "float64"])
def test_a_precision_may_be_named_by_numpy_s_type(engine, dtype):
    assert engine(dtype=dtype) == engine(dtype="float64")
    assert engine(dtype=dtype).settings()["dtype"] == "float64"


def test_a_name_is_the_engine_with_its_defaults():
    assert resolve_engine("cpu") == backpaint.CPU()
    assert resolve_engine("reference") == backpaint.Reference()
    with device.emulate():
        assert resolve_engine("gpu") == backpaint.GPU() == resolve_engine("auto")


def test_auto_takes_the_fastest_that_runs_here(monkeypatch):
    monkeypatch.setattr(backpaint.GPU, "require_usable", raise_no_gpu)
    assert fastest_engine() == backpaint.CPU()
    with pytest.raises(UsageError, match="no GPU here"):
        resolve_engine(backpaint.GPU())


def test_auto_leaves_out_an_engine_that_refuses_what_is_asked(noise):
    wasserstein = with_changes(load_preset("gatys"), {"style.statistic": "wasserstein"})
    with device.emulate():
        assert fastest_engine(load_preset("gatys")) == backpaint.GPU()
        assert resolve_engine("auto", wasserstein) == backpaint.CPU()
        blended = {"size": 24, "changes": {"style.blend": "targets"}}
        for count, name in ((1, "gpu"), (2, "cpu")):
            session = open_session(noise, [noise[::-1]] * count, recipe(**blended))
            assert session.engine.name == name


def raise_no_gpu(self):
    raise UsageError("there is no GPU here")


def test_float64_is_the_references():
    assert engine_name("auto", "float64") == "reference"
    with pytest.raises(UsageError, match="the engine cpu computes in float32; for float64 choose"):
        engine_name("cpu", "float64")


def test_options_reach_the_objective(noise):
    exact = backpaint.objective(
        noise, noise[::-1], size=24, engine=backpaint.CPU(threads=1, exact=True)
    )
    assert isinstance(exact, CPUObjective)
    assert exact.team.threads == 1
    double = backpaint.objective(
        noise, noise[::-1], size=24, engine=backpaint.Reference(dtype="float64")
    )
    assert isinstance(double, ReferenceObjective)
    assert double.network.dtype == np.float64
    x = double.initial()
    winograd = backpaint.objective(noise, noise[::-1], size=24, engine="cpu")
    right = double(x)[1]
    off = [np.abs(f(x)[1] - right).max() / np.abs(right).max() for f in (exact, winograd)]
    assert 0 < off[0] < off[1] < 1e-3


def test_numbers_of_numpy_are_numbers(noise, tmp_path):
    engine = backpaint.CPU(threads=np.int64(1), exact=np.bool_(True))
    assert engine == backpaint.CPU(threads=1, exact=True)
    made = backpaint.recipe("log0", size=np.int64(24), changes={"style.weight": np.float64(2.0)})
    painting = backpaint.paint(
        noise, noise[::-1], preset=made, iterations=1, engine=engine, seed=np.int64(3)
    )
    painting.save(tmp_path / "out.png")  # its settings are written as JSON


def test_a_pictures_settings_tell_the_options(noise):
    engine = backpaint.CPU(threads=1, exact=True)
    made = backpaint.paint(noise, noise, size=24, iterations=1, engine=engine).settings
    assert (made["engine"], made["dtype"]) == ("cpu", "float32")
    assert made["engine_options"] == {"threads": 1, "exact": True, "bands": None}


def test_every_engines_options_are_on_the_command_line(backpaint, pictures, tmp_path):
    options = backpaint("paint", "--help").out
    owners = option_owners()
    for name in ENGINES:
        for field in fields(engine_class(name)):
            assert name in owners[field.name]
            assert f"--{field.name}" in options
