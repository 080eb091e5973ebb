"""What is the CPU engine's own: threads, a fork, memory that stays.

How close it comes to the reference: `tests/engines`.
"""

import multiprocessing
import threading
import tracemalloc
import warnings

import numpy as np
import pytest
from msgspec.structs import replace
from threadpoolctl import threadpool_info, threadpool_limits

from backpaint.cpu import CPUObjective
from backpaint.cpu.convolution import tiles
from backpaint.painting.run import run
from backpaint.presets import load_preset
from backpaint.problem.recipe import LBFGSB

from ..problems import everything, expected, make_problem, start
from ..tolerances import SINGLE, WINOGRAD, assert_agree

FORK = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork"
)


def test_any_number_of_threads_gives_the_same_bits():
    problem = make_problem("gatys", (40, 133))
    x = start(problem)
    results = [CPUObjective(problem, threads=n).evaluate(x) for n in (1, 2, 3)]
    results.append(CPUObjective(problem, threads=3).evaluate(x))
    for result in results[1:]:
        assert result.loss == results[0].loss
        assert np.array_equal(result.gradient, results[0].gradient)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("pool", "edge"), [("max", "floor"), ("average", "ceil"), ("overlapping-average", "ceil")]
)
def test_pieces_are_cut_along_the_width_too(pool, edge, exact, monkeypatch):
    """As those of every picture wider than 512 pixels are."""
    monkeypatch.setattr(tiles, "PIECE_CHANNELS", 3 * 64)
    recipe, shape = everything(network={"pool": pool, "edge": edge}), (7, 29)
    cut = [(piece.left, piece.right) for piece in tiles.pieces_of(shape, 64)]
    assert cut == 2 * [(0, 2), (2, 5), (5, 8)]
    problem = make_problem(recipe, shape, styles=((9, 26),))
    evaluation = CPUObjective(problem, threads=2, exact=exact).evaluate(start(problem))
    assert_agree(evaluation, expected(problem), SINGLE if exact else WINOGRAD)


def test_the_optimizer_gets_one_blas_thread_and_gives_the_others_back():
    """Threads that wait inside the optimizer's BLAS would take processors from the engine."""

    def blas_threads():
        return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}

    recipe = replace(load_preset("gatys"), optimizer=LBFGSB(iterations=2))
    problem, seen = make_problem(recipe, (17, 23)), []
    with threadpool_limits(2, user_api="blas"):
        run(
            CPUObjective(problem),
            problem.content.ravel(),
            on_evaluation=lambda record: seen.append(blas_threads()),
        )
        assert seen
        assert all(threads == {1} for threads in seen)
        assert blas_threads() == {2}


def test_called_from_several_threads():
    objective = CPUObjective(make_problem("pytorch-tutorial", (33, 20)), threads=2)
    pictures = [start(objective.problem, seed) for seed in range(4)]
    expected = [objective.evaluate(x).gradient for x in pictures]
    results = [None] * 4

    def call(i):
        results[i] = objective.evaluate(pictures[i]).gradient

    threads = [threading.Thread(target=call, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(results, expected, strict=True))


@FORK
def test_after_a_fork():
    objective = CPUObjective(make_problem("pytorch-tutorial", (20, 20)), threads=2)
    x = start(objective.problem)
    expected = objective.evaluate(x).loss
    context = multiprocessing.get_context("fork")
    losses = context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of fork as such
        child = context.Process(target=lambda: losses.put(objective.evaluate(x).loss))
        child.start()
    assert losses.get(timeout=60) == expected
    child.join()


def test_memory_does_not_grow_from_call_to_call():
    objective = CPUObjective(make_problem("caffe-content", (128, 128)), threads=2)
    x = start(objective.problem)
    tracemalloc.start()
    try:
        objective.evaluate(x)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(3):
            objective.evaluate(x)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000
    assert peak - before < 0.25 * objective.network.nbytes  # pieces, never maps


def test_profile_names_every_convolution_twice():
    objective = CPUObjective(make_problem("gatys", (32, 32)))
    laps = objective.profile(start(objective.problem).ravel())
    convolutions = [lap for lap in laps if lap.flops]
    assert len(convolutions) == 2 * 13
    assert {lap.direction for lap in laps} == {"forward", "terms", "backward"}
    assert all(lap.seconds > 0 for lap in laps)


def test_the_content_is_passed_before_a_run_and_anew_with_the_first_evaluation_of_another():
    """Whoever times the first tells from it how long a run will take."""
    built = CPUObjective(make_problem("gatys", (17, 20)), threads=1)
    assert built._content_targets.cache_info().currsize == 1
    other = built.with_content(make_problem("gatys", (17, 20)).content[::-1])
    assert other._content_targets.cache_info().currsize == 0
    other(start(other.problem))
    assert other._content_targets.cache_info().currsize == 1
