"""How many blocks run in bands: what is asked for, what fits, and what a run says of it."""

import tracemalloc
from types import SimpleNamespace

import pytest

import backpaint
from backpaint.checkpoint.going_on import engine_of
from backpaint.cpu import CPUObjective, estimate_bytes
from backpaint.cpu.bands import cut
from backpaint.cpu.bands.choice import more_work
from backpaint.engine import engine as engine_room
from backpaint.errors import UsageError
from backpaint.presets import load_preset, with_changes

from ...checkpoint.runs import require_same, stopped, wanted
from ...problems import everything, make_problem, start

LARGE = (2048, 2048)


@pytest.fixture
def gatys():
    return make_problem("gatys", (64, 48))


@pytest.fixture
def free(monkeypatch):
    """Let so many bytes be free."""
    return lambda count: monkeypatch.setattr(engine_room, "available_bytes", lambda: count)


@pytest.mark.parametrize("bands", [5, 0, -1, "two", True, 1.5])
def test_other_numbers_are_refused(bands):
    with pytest.raises(UsageError, match=r"bands is .*; expected auto, none or a number from 1 t"):
        backpaint.CPU(bands=bands)


def test_words_and_numbers_of_the_command_line():
    assert [backpaint.CPU(bands=word).bands for word in ("none", "auto", "3", 3, None)] == [
        None, "auto", 3, 3, None,
    ]  # fmt: skip


def test_more_bands_take_less_memory_and_more_work(gatys):
    bytes_of = [estimate_bytes(gatys, bands=k, threads=2, shape=LARGE) for k in range(5)]
    assert bytes_of == sorted(bytes_of, reverse=True)
    assert bytes_of[4] < 0.5 * bytes_of[0]
    work = [more_work(gatys, k) for k in range(5)]
    assert work == sorted(work)
    assert 0.45 < work[4] < 0.5


def test_auto_takes_the_smallest_number_that_fits(monkeypatch, free):
    monkeypatch.setattr(cut, "ROWS", 32)
    problem = make_problem("gatys", (512, 400))
    engines = [backpaint.CPU(bands=bands) for bands in (None, 1, 2, 3, 4)]
    for engine in engines:
        free(engine.estimate_bytes(problem))
        assert backpaint.CPU(bands="auto").settled(problem) == engine
    free(1)
    assert backpaint.CPU(bands="auto").settled(problem) == engines[-1]
    free(None)
    assert backpaint.CPU(bands="auto").settled(problem) == engines[0]


def test_auto_leaves_alone_what_cannot_be_cut(free):
    free(1)
    problem = make_problem(everything(**{"style.l1_epsilon": 1e-8}))
    assert backpaint.CPU(bands="auto").settled(problem).bands is None


def test_a_refusal_names_the_options_that_fit(monkeypatch, free):
    monkeypatch.setattr(cut, "ROWS", 32)
    problem = make_problem("gatys", (512, 400))
    free(backpaint.CPU(bands=2).estimate_bytes(problem))
    with pytest.raises(UsageError, match=r"free; with --bands 2 it takes .*, with --set"):
        backpaint.CPU().build(problem)


@pytest.mark.parametrize("bands", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_the_estimate_is_close_to_what_is_allocated(monkeypatch, bands):
    monkeypatch.setattr(cut, "ROWS", 32)
    problem = make_problem(with_changes(load_preset("gatys"), {}), (200, 96))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        CPUObjective(problem, threads=2, bands=bands).evaluate(start(problem))
        allocated = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert 0.9 < allocated / estimate_bytes(problem, threads=2, bands=bands) < 1.1


DEEPER = {"content.layers": {"relu2_1": 1.0}}


@pytest.mark.parametrize("method", ["l-bfgs-b", "l-bfgs"])
def test_a_run_in_bands_goes_on_to_the_same_bits(tmp_path, monkeypatch, method):
    monkeypatch.setattr(cut, "ROWS", 8)
    arguments = wanted(
        method,
        changes=DEEPER | {"optimizer.history": "float32"},
        engine=backpaint.CPU(threads=2, bands=1),
    )
    whole = backpaint.paint(**arguments)
    assert whole.metadata["engine_options"]["bands"] == 1
    file = tmp_path / "run.backpaint"
    stopped(file, 5, **arguments)
    require_same(backpaint.resume(file), whole)


@pytest.mark.parametrize("options", [{"scratch": "."}, {"bands": 9}])
def test_a_file_chooses_neither_a_folder_nor_bands_that_are_not_there(options):
    facts = SimpleNamespace(engine="cpu", engine_options=options)
    with pytest.raises(UsageError, match=r"does not take|bands is 9"):
        engine_of(facts, {}, "run.backpaint")
