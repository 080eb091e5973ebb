"""The engine `tiles` as it is chosen: what is refused, what a picture tells, what it weighs."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint.going_on import engine_of
from backpaint.cluster.address import checked_workers
from backpaint.cluster.crew import SerialCrew
from backpaint.cluster.objective import TilesObjective
from backpaint.cluster.work import kept, tile_gradient
from backpaint.cpu.memory import home_bytes
from backpaint.engines import engine_class, fastest_engine, usable_engines
from backpaint.errors import UsageError

from ..problems import make_problem, start

OPEN_TO_ALL = ["tcp://10.0.0.5:8786", "tcp://one.example:8786", "tcp://0.0.0.0:8786"]
ODD = [-1, 257, 1.5, True, None, "two", "", "²", "http://one.example:8786", "10.0.0.5:8786"]
ODD += [
    "9" * 5000,
    "tls://:8786",
    "tls://one.example",
    "tls://one.example:8786/path",
    "tls://one:99999",
]


@pytest.mark.parametrize("workers", [0, 3, "12", "tls://10.0.0.5:8786", "tls://[::1]:8786"])
def test_numbers_and_addresses_with_certificates(workers):
    assert str(checked_workers(workers)) == str(workers)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_this_machine_may_be_reached_without(host):
    assert checked_workers(f"tcp://{host}:8786")


@pytest.mark.parametrize("workers", OPEN_TO_ALL)
def test_another_machine_may_not(workers):
    with pytest.raises(UsageError, match=r"tcp lets anybody .* use tls:// with certificates"):
        backpaint.Tiles(workers=workers)


@pytest.mark.parametrize("workers", ODD)
def test_other_workers_are_refused(workers):
    with pytest.raises(UsageError, match=r"workers is .*; expected a number of workers on this"):
        backpaint.Tiles(workers=workers)


def test_it_is_taken_by_its_name_alone():
    assert engine_class("tiles") is backpaint.Tiles
    assert fastest_engine().name != "tiles"
    assert "tiles" not in usable_engines()


def test_a_checkpoint_does_not_choose_who_computes():
    options = {"tile": 64, "threads": None, "exact": False}
    assert backpaint.Tiles(workers=2, tile=64).settings()["engine_options"] == options
    facts = SimpleNamespace(engine="tiles", engine_options=options)
    assert engine_of(facts, {"workers": 3}, "x") == backpaint.Tiles(workers=3, tile=64)
    facts.engine_options = options | {"workers": "tls://one.example:8786"}
    with pytest.raises(UsageError, match=r"x has options that the engine tiles does not take"):
        engine_of(facts, {}, "x")


def test_tiles_weigh_less_than_the_whole():
    problem = make_problem("gatys", (64, 48))
    large = (4096, 4096)
    tiles, whole = (engine.estimate_bytes(problem, large) for engine in ENGINES)
    assert tiles < 0.7 * whole
    assert backpaint.Tiles(workers=4).estimate_bytes(problem, large) > tiles


ENGINES = (backpaint.Tiles(), backpaint.CPU())


def test_this_process_computes_with_as_many_threads_as_were_asked_for():
    problem = make_problem("gatys", (16, 16))
    assert backpaint.Tiles(threads=1).new_objective(problem)._team.threads == 1
    assert home_bytes(problem, (16, 16), threads=1) < home_bytes(problem, (16, 16), threads=9)


class Elsewhere(SerialCrew):
    """Workers whose memory is not this process's: they find nothing, and ones for a gradient."""

    def submit(self, function, *arguments, at=None, deaths=None):
        if function is kept:
            return arguments[0]
        return np.ones(arguments[2].shape, np.float32) if function is tile_gradient else {}


@pytest.mark.parametrize("preset", ["gatys", "jcjohnson"])  # the latter with total variation
def test_the_process_that_adds_up_takes_no_more_than_estimated(preset):
    problem = make_problem(preset, (600, 400))
    objective = TilesObjective(problem, Elsewhere(1), rows=100, threads=1)
    x, objective._sum_up = start(problem), lambda name, windows: None
    tracemalloc.start()
    try:
        objective.evaluate(x)
        allocated = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.5 < (x.nbytes + allocated) / home_bytes(problem, problem.shape, threads=1) < 1


def test_a_person_is_told_of_the_tiles():
    problem = make_problem("gatys", (512, 48))
    (told,) = backpaint.Tiles(workers=2, tile=256).remarks(problem)
    assert told == "tiles: 2 of at most 256 rows, about 31% more work"
    assert backpaint.Tiles(workers=3, tile=256).remarks(problem)[1] == (
        "note: 1 worker will have nothing to do; there are more tiles with --tile 160"
    )
