"""Checkpoints that cannot be written: refused at the start, told later, and no run is lost."""

import logging
import re
import resource
import shutil
import sys

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.optimizers import scipy_solver

from .runs import require_same, wanted


@pytest.fixture
def _nothing_compiled_is_kept(monkeypatch):
    """Python would keep it cut short, and every later process would stumble over it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


@pytest.mark.usefixtures("_nothing_compiled_is_kept")
def test_a_full_disk_at_the_start_refuses_the_run(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    evaluated = []
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(backpaint.UsageError, match=r"File too large; choose another place"):
            backpaint.paint(
                **wanted(), checkpoint=tmp_path / "a.backpaint", callback=evaluated.append
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (evaluated, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.usefixtures("_nothing_compiled_is_kept")
def test_a_disk_that_fills_later_leaves_the_last_file_and_the_run(tmp_path, caplog):
    file, before = tmp_path / "a.backpaint", resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(iteration, x):
        if iteration == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))

    try:
        painting = backpaint.paint(
            **wanted(), checkpoint=file, checkpoint_every=2, on_iteration=fill
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert painting.reason == "all 9 iterations are done"
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "a.backpaint could not be written: File too large; an older" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["a.backpaint"]
    assert read_checkpoint(file).facts.iterations == 2
    require_same(backpaint.resume(file), painting)


def test_a_folder_that_comes_back_is_written_to_again(tmp_path, caplog):
    folder = tmp_path / "folder"
    folder.mkdir()

    def remove_and_return(iteration, x):
        if iteration == 3:
            shutil.rmtree(folder)
        if iteration == 7:
            folder.mkdir()

    file = folder / "a.backpaint"
    painting = backpaint.paint(
        **wanted(), checkpoint=file, checkpoint_every=2, on_iteration=remove_and_return
    )
    assert "No such file or directory" in caplog.text
    require_same(backpaint.resume(file), painting)


def test_no_memory_for_a_checkpoint_ends_no_run(tmp_path, monkeypatch, caplog):
    states = scipy_solver.Solver.state
    calls = []

    def state(solver):
        calls.append(1)
        if len(calls) > 4:
            raise MemoryError
        return states(solver)

    monkeypatch.setattr(scipy_solver.Solver, "state", state)
    painting = backpaint.paint(**wanted(), checkpoint=tmp_path / "a", checkpoint_every=1)
    assert painting.iterations == 9
    assert "there was not enough memory for a checkpoint; an older" in caplog.text


def test_a_scipy_that_hides_its_state_is_found_out_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(backpaint.optimizers, "usable_layout", lambda: None)
    with pytest.raises(backpaint.UsageError, match="hides the state of its l-bfgs-b"):
        backpaint.paint(**wanted(), checkpoint=tmp_path / "a")
    assert backpaint.paint(**wanted(iterations=2)).iterations == 2


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_an_optimizer_beyond_all_numbers_leaves_the_last_file(tmp_path, caplog):
    """Its next step could only be NaN, and no state with infinity is taken back."""
    file = tmp_path / "a.backpaint"
    arguments = wanted("gradient descent") | {"engine": "reference"}
    arguments["changes"] |= {
        "optimizer.rate": 1e300,
        "optimizer.normalize": "none",
        "style.weight": 1e20,
    }
    with pytest.raises(backpaint.RunError, match="NaN or infinity") as failed:
        backpaint.paint(**arguments, checkpoint=file, checkpoint_every=1)
    assert np.isfinite(failed.value.painting.x).all()
    assert "the optimizer's array x has NaN or infinity" in caplog.text
    assert read_checkpoint(file).facts.iterations == 0


@pytest.mark.parametrize("every", [0, -1, 1.5, "often"])
def test_how_often_is_a_whole_number(every, tmp_path):
    sentence = f"checkpoint_every is {every!r}; expected a whole number, 1 or more"
    with pytest.raises(backpaint.UsageError, match=re.escape(sentence)):
        backpaint.paint(**wanted(), checkpoint=tmp_path / "a", checkpoint_every=every)


def test_a_second_ctrl_c_while_the_last_is_written_keeps_the_picture(tmp_path, monkeypatch):
    from backpaint.checkpoint import keeper

    file, written = tmp_path / "a.backpaint", []
    write = keeper.write_checkpoint

    def interrupted(path, facts, *rest):
        written.append(facts.reason)
        if facts.reason != "it has not ended":
            raise KeyboardInterrupt
        write(path, facts, *rest)

    monkeypatch.setattr(keeper, "write_checkpoint", interrupted)
    whole = backpaint.paint(**wanted(), checkpoint=file, checkpoint_every=4)
    assert whole.reason == "all 9 iterations are done"
    assert written == ["it has not ended"] * 3 + ["all 9 iterations are done"]
    assert read_checkpoint(file).facts.iterations == 8


def test_whatever_goes_wrong_while_it_is_kept_ends_no_run(tmp_path, monkeypatch, caplog):
    states, calls = scipy_solver.Solver.state, []

    def state(solver):
        calls.append(1)
        if len(calls) > 2:
            raise KeyError("something")
        return states(solver)

    monkeypatch.setattr(scipy_solver.Solver, "state", state)
    painting = backpaint.paint(**wanted(), checkpoint=tmp_path / "a", checkpoint_every=1)
    assert painting.reason == "all 9 iterations are done"
    assert "no checkpoint was written: KeyError 'something'; an older" in caplog.text
