"""Arrays in files that have no name, and what becomes of a run whose memory lies there."""

import shutil
import tracemalloc

import numpy as np
import pytest

import backpaint
from backpaint import optimizers, scratch
from backpaint.cpu import CPUObjective
from backpaint.cpu.bands import cut, network
from backpaint.cpu.memory import PICTURES
from backpaint.engine.objective import Evaluation, Objective
from backpaint.engine.optimizer_memory import host_optimizer_bytes
from backpaint.errors import RunError, UsageError
from backpaint.optimizers.quasi_newton import two_loop
from backpaint.painting.run import run
from backpaint.presets import load_preset, with_changes
from backpaint.problem.recipe import LBFGS, LBFGSB

from .optimizers.cases import BLACK, START, WHITE, rosenbrock
from .problems import everything, make_problem, start


def test_an_array_in_a_file_leaves_nothing_in_the_folder(tmp_path):
    array = scratch.array_in_file(str(tmp_path), (3, 5), np.float32)
    assert not array.any()
    assert list(tmp_path.iterdir()) == []
    array[1] = np.arange(5)
    np.testing.assert_array_equal(array.sum(axis=0), np.arange(5))


def counted(monkeypatch, *modules):
    """List the files that some modules make."""
    made, array_in_file = [], scratch.array_in_file
    for module in modules:
        monkeypatch.setattr(
            module, "array_in_file", lambda *of: made.append(of) or array_in_file(*of)
        )
    return made


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (LBFGSB(iterations=12, history="float32"), 3),
        (LBFGS(iterations=12, corrections=4), 22),
        (LBFGS(iterations=12, corrections=4, history="float32"), 22),
    ],
)
def test_a_history_in_files_gives_the_same_bits(tmp_path, monkeypatch, options, files):
    made = counted(monkeypatch, two_loop, scratch)
    in_memory, in_files = (
        optimizers.minimize(rosenbrock, START, options, black=BLACK, white=WHITE, scratch=folder)
        for folder in (None, str(tmp_path))
    )
    assert len(made) == files
    np.testing.assert_array_equal(in_files.x, in_memory.x)
    assert in_files.loss == in_memory.loss


class Bowl(Objective):
    """A steep quadratic at the size of a picture, which takes the memory of its gradient alone."""

    def _evaluate(self, x):
        gradient = np.linspace(1, 9, len(x))[:, None, None] * x
        return Evaluation(float(np.vdot(gradient, x)) / 2, gradient, {"bowl": 0.0})

    def _first_non_finite_layer(self, x):
        return None

    def _renew_content(self):
        pass


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_a_descent_takes_as_many_pictures_as_estimated(tmp_path, is_on_disk):
    options = {"history": "float32", "corrections": 3, "iterations": 6, "factr": 0.0}
    changes = {f"optimizer.{key}": value for key, value in options.items()}
    problem = make_problem(with_changes(load_preset("gatys"), changes), (400, 300))
    objective = Bowl(problem)
    objective.scratch = str(tmp_path) if is_on_disk else None
    tracemalloc.start()
    try:
        start = objective.initial()
        done = run(objective, start)
        allocated = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert done.iterations == 6
    estimated = PICTURES * start.nbytes + host_optimizer_bytes(
        problem.recipe.optimizer, problem.shape, is_on_disk=is_on_disk
    )
    assert 0.8 < allocated / estimated < 1


def test_outputs_of_bands_in_a_file_give_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(cut, "ROWS", 4)
    made = counted(monkeypatch, network, scratch)
    problem = make_problem(everything(), (23, 16))
    in_memory, in_files = (
        CPUObjective(problem, threads=1, bands=1, scratch=folder)
        for folder in (None, str(tmp_path))
    )
    x, layers = start(problem), len(problem.content_layers)
    np.testing.assert_array_equal(in_files.evaluate(x).gradient, in_memory.evaluate(x).gradient)
    assert len(made) == 1 + layers


def test_an_objective_that_others_come_from_keeps_no_features_of_its_own(tmp_path, monkeypatch):
    made = counted(monkeypatch, scratch)
    problem = make_problem(everything(), (23, 16))
    first = CPUObjective(problem, threads=1, bands=1, scratch=str(tmp_path))
    second = first.with_content(problem.content / 2)
    for _ in range(2):
        second.evaluate(start(problem))
    assert len(made) == len(problem.content_layers)


def test_no_setting_tells_the_folder(tmp_path):
    engine = backpaint.CPU(bands=2, scratch=tmp_path)
    assert engine.settings()["engine_options"] == {"threads": None, "exact": False, "bands": 2}


def test_a_full_disk_is_met_before_the_run(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    engine = backpaint.CPU(bands=1, scratch=str(tmp_path))
    with pytest.raises(UsageError, match=r"has .* free, and .* needed there; choose another"):
        engine.new_objective(make_problem(everything()))


def test_a_disk_that_fills_up_is_told_in_a_sentence(tmp_path):
    with pytest.raises(RunError, match=r"cannot be kept in .*; choose another --scratch"):
        scratch.array_in_file(str(tmp_path), (2**50,), np.float64)


@pytest.mark.parametrize("folder", ["nowhere", 3, b"bytes"])
def test_what_is_no_folder_is_refused(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="expect"):
        backpaint.CPU(scratch=folder)
