"""A run that is stopped, kept in a file and gone on with is the unbroken run, to the bit."""

import shutil

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.cpu import CPUObjective
from backpaint.gpu.device.device import emulate
from backpaint.images import Photograph
from backpaint.painting.pictures import photograph

from .runs import ENGINES, METHODS, require_same, stopped, wanted

needs_gpp = pytest.mark.skipif(shutil.which("g++") is None, reason="the emulated GPU needs g++")


@pytest.mark.parametrize(
    ("method", "engine"),
    [
        pytest.param(
            *(method, engine),
            marks=[pytest.mark.slow] * (engine == "reference" and method != "l-bfgs-b"),
        )
        for method in METHODS
        for engine in ENGINES
    ],
)
def test_the_picture_and_all_that_is_said_of_it_are_those_of_the_whole_run(
    method, engine, tmp_path
):
    arguments, file = wanted(method, engine=ENGINES[engine]), tmp_path / "run.backpaint"
    whole = backpaint.paint(**arguments)
    for after in (1, 4, len(whole.history) - 1):
        assert stopped(file, after, **arguments).interrupted
        require_same(backpaint.resume(file), whole)


@needs_gpp
@pytest.mark.parametrize(
    ("method", "place", "precision"),
    [
        ("l-bfgs-b", "device", "fast"),
        pytest.param("adam", "device", "fast", marks=pytest.mark.slow),
        pytest.param("l-bfgs-b", "host", "fast", marks=pytest.mark.slow),
        pytest.param("l-bfgs", "auto", "exact", marks=pytest.mark.slow),
    ],
)
def test_optimizers_on_a_device_go_on_likewise(method, place, precision, tmp_path):
    engine = backpaint.GPU(precision=precision)
    arguments = wanted(method, iterations=5, size=12, engine=engine, optimizer_on=place)
    file = tmp_path / "run.backpaint"
    with emulate(schedule=1):
        whole = backpaint.paint(**arguments)
        stopped(file, 4, **arguments)
        require_same(backpaint.resume(file), whole)


@pytest.mark.parametrize("method", METHODS)
def test_a_finished_run_becomes_a_longer_one(method, tmp_path):
    file = tmp_path / "run.backpaint"
    backpaint.paint(**wanted(method, iterations=4), checkpoint=file)
    require_same(backpaint.resume(file, iterations=9), backpaint.paint(**wanted(method)))


def test_a_finished_run_has_its_picture_at_once(tmp_path):
    file, evaluated = tmp_path / "run.backpaint", []
    whole = backpaint.paint(**wanted(), checkpoint=file)
    again = backpaint.resume(file, callback=evaluated.append)
    assert evaluated == []
    require_same(again, whole)


def test_a_run_may_be_broken_many_times(tmp_path):
    file, whole = tmp_path / "run.backpaint", backpaint.paint(**wanted())
    stopped(file, 1, **wanted())
    for evaluation in range(2, len(whole.history)):
        control = backpaint.Control()

        def watch(record, control=control, last=evaluation):
            if record.evaluation == last:
                control.stop()

        backpaint.resume(file, control=control, callback=watch)
    require_same(backpaint.resume(file), whole)


@pytest.mark.parametrize(("start", "color"), [("noise", "keep"), ("picture", "luma")])
def test_noise_colors_opacity_and_several_styles_come_back(start, color, noise, tmp_path):
    alpha = np.zeros((20, 24))
    alpha[5:15, 5:15] = 0.5
    arguments = wanted(
        init="noise" if start == "noise" else noise[:, ::-1],
        seed=3,
        color=color,
        style_shares=(3, 1),
        style_layers=[{"relu1_1": 1.0}, {"relu1_1": 0.2}],
        style_scales=[1, 0.5],
        changes={"optimizer.method": "adam", "optimizer.rate": 2.0},
    )
    arguments["content"] = Photograph(noise, alpha, "mist", ("a note",))
    arguments["style"] = [noise[::-1], photograph(arguments["style"])]
    file, whole = tmp_path / "run.backpaint", backpaint.paint(**arguments)
    stopped(file, 3, **arguments)
    resumed = backpaint.resume(file)
    require_same(resumed, whole)
    assert np.array_equal(resumed.alpha, alpha)
    assert whole.metadata["notes"] == ["mist: a note"]


@pytest.mark.parametrize("alone", ["texture", "reconstruction"])
def test_runs_with_one_kind_of_picture(alone, tmp_path):
    arguments = wanted(init="noise")
    arguments["content" if alone == "texture" else "style"] = None
    file, whole = tmp_path / "run.backpaint", backpaint.paint(**arguments)
    stopped(file, 5, **arguments)
    require_same(backpaint.resume(file), whole)


def test_the_files_that_it_was_made_of_need_not_be_there(pictures, tmp_path):
    arguments = wanted() | {"content": pictures["cat"], "style": pictures["swirls"]}
    file, whole = tmp_path / "run.backpaint", backpaint.paint(**arguments)
    stopped(file, 3, **arguments)
    for path in pictures.values():
        path.unlink()
    require_same(backpaint.resume(file), whole)
    assert str(tmp_path).encode() not in file.read_bytes()


@pytest.mark.parametrize("where", ["evaluation", "told of it", "told of a move"])
def test_a_run_without_a_control_is_kept_at_ctrl_c(where, tmp_path, monkeypatch):
    arguments, file = wanted(), tmp_path / "run.backpaint"
    whole, calls = backpaint.paint(**arguments), []

    def interrupt(*_):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt

    told = {"told of it": "callback", "told of a move": "on_iteration"}
    with monkeypatch.context() as patched:
        if where == "evaluation":
            evaluate = CPUObjective._evaluate
            patched.setattr(CPUObjective, "_evaluate", lambda *x: (interrupt(), evaluate(*x))[1])
        listening = {told[where]: interrupt} if where in told else {}
        broken = backpaint.paint(
            **arguments, engine="cpu", checkpoint=file, checkpoint_every=99, **listening
        )
    assert broken.interrupted
    assert len(read_checkpoint(file).standing.history) >= 4
    require_same(backpaint.resume(file), whole)


def test_a_run_that_meets_nan_keeps_its_last_good_picture_also_when_it_goes_on(tmp_path):
    file = tmp_path / "run.backpaint"
    arguments = wanted("gradient descent") | {"engine": backpaint.Reference()}
    arguments["changes"] |= {"optimizer.rate": 1e30, "optimizer.normalize": "none"}
    with pytest.raises(backpaint.RunError, match="NaN or infinity") as failed:
        backpaint.paint(**arguments, checkpoint=file)
    assert np.isfinite(failed.value.painting.x).all()
    with pytest.raises(backpaint.RunError, match="NaN or infinity") as again:
        backpaint.resume(file)
    assert str(again.value) == str(failed.value)
    assert np.array_equal(again.value.painting.x, failed.value.painting.x)
