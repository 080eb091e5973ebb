"""The whole engine against the reference in float64, on real weights."""

import multiprocessing
import threading
import tracemalloc
import warnings

import numpy as np
import pytest
from msgspec.structs import replace
from threadpoolctl import threadpool_info, threadpool_limits

from backpaint.cpu import CPUObjective, estimate_bytes
from backpaint.engine.objective import Evaluation
from backpaint.painting.run import run
from backpaint.presets import load_preset, preset_names
from backpaint.problem.pixels import to_variable
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import LBFGSB
from backpaint.reference.objective import ReferenceObjective

from ..tolerances import assert_close

GRADIENT = 5e-5
"""Winograd, whole gradient; 1e-3 is allowed.  See docs/cpu.md for what was measured."""
EXACT_GRADIENT = 1e-5
"""Direct products."""
LOSS = 2e-5
"""Each term."""

SHAPES = {"tall": (37, 19), "wide": (18, 45)}
FORK = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork"
)


def start(problem: Problem, seed: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pixels = rng.uniform(0, 255, (*problem.shape, 3))
    return to_variable(pixels, problem.recipe.variable)


def assert_agree(actual: Evaluation, expected: Evaluation, tolerance: float) -> None:
    assert actual.terms.keys() == expected.terms.keys()
    for name, loss in expected.terms.items():
        assert_close(name, actual.terms[name], loss, LOSS)
    assert_close("loss", actual.loss, expected.loss, LOSS)
    assert_close("gradient", actual.gradient, expected.gradient, tolerance)
    assert actual.gradient.dtype == np.float64


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_agrees_with_the_reference(name, make_problem):
    shape = SHAPES["tall" if preset_names().index(name) % 2 else "wide"]
    problem = make_problem(name, shape)
    x = start(problem)
    expected = ReferenceObjective(problem).evaluate(x)
    for exact, tolerance in ((False, GRADIENT), (True, EXACT_GRADIENT)):
        objective = CPUObjective(problem, threads=2, exact=exact)
        for _ in range(2):  # the second time over the first one's memory
            assert_agree(objective.evaluate(x), expected, tolerance)


@pytest.mark.parametrize(
    ("pool", "edge", "shape"),
    [
        ("max", "ceil", (1, 1)),
        ("max", "ceil", (2, 33)),
        ("max", "floor", (16, 16)),
        ("average", "ceil", (3, 1)),
        ("average", "floor", (31, 17)),
        ("overlapping-average", "ceil", (1, 6)),
        ("overlapping-average", "floor", (9, 21)),
    ],
)
def test_smallest_sizes(pool, edge, shape, make_problem):
    recipe = load_preset("gatys")
    recipe = replace(recipe, network=replace(recipe.network, pool=pool, edge=edge))
    problem = make_problem(recipe, shape)
    x = start(problem)
    expected = ReferenceObjective(problem).evaluate(x)
    assert_agree(CPUObjective(problem, exact=True).evaluate(x), expected, EXACT_GRADIENT)
    assert_agree(CPUObjective(problem).evaluate(x), expected, GRADIENT)


@pytest.mark.parametrize("filters", ["transposed", "turned"])
@pytest.mark.parametrize("pool", ["max", "average", "overlapping-average"])
def test_taps_anywhere_with_turned_filters_and_two_styles(filters, pool, make_problem):
    recipe = load_preset("gatys")
    layers = {"conv1_1": 1.0, "relu1_2": 0.3, "pool1": 0.2, "conv2_2": 0.1, "relu2_2": 0.4}
    recipe = replace(
        recipe,
        network=replace(recipe.network, pool=pool, edge="ceil", filters=filters),
        content=replace(recipe.content, layers={"pool2": 1.0, "conv2_2": 0.5, "relu1_2": 0.1}),
        style=replace(recipe.style, layers={**layers, "pool2": 0.1}, match_area=True),
    )
    problem = make_problem(recipe, (23, 14), styles=((17, 30), (20, 9)), shares=(0.25, 0.75))
    x = start(problem)
    expected = ReferenceObjective(problem).evaluate(x)
    assert_agree(CPUObjective(problem, exact=True).evaluate(x), expected, EXACT_GRADIENT)
    assert_agree(CPUObjective(problem).evaluate(x), expected, GRADIENT)


def test_any_number_of_threads_gives_the_same_bits(make_problem):
    problem = make_problem("gatys", (70, 133))
    x = start(problem)
    results = [CPUObjective(problem, threads=n).evaluate(x) for n in (1, 2, 3)]
    results.append(CPUObjective(problem, threads=3).evaluate(x))
    for result in results[1:]:
        assert result.loss == results[0].loss
        assert np.array_equal(result.gradient, results[0].gradient)


def test_the_optimizer_gets_one_blas_thread_and_gives_the_others_back(make_problem):
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


def test_called_from_several_threads(make_problem):
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
def test_after_a_fork(make_problem):
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


def test_memory_does_not_grow_from_call_to_call(make_problem):
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
    assert peak - before < 0.25 * objective.network.maps.nbytes  # pieces, never maps


@pytest.mark.parametrize(
    ("preset", "shape", "exact"),
    [
        ("gatys", (96, 64), False),
        ("gatys", (40, 40), True),
        ("jcjohnson", (160, 256), False),
        ("caffe-content", (256, 256), False),
    ],
)
def test_estimate_is_within_a_tenth_of_what_is_allocated(preset, shape, exact, make_problem):
    problem = make_problem(preset, shape, styles=((20, 20),))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        objective = CPUObjective(problem, threads=2, exact=exact)
        objective.evaluate(start(problem))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    estimate = estimate_bytes(problem, threads=2, exact=exact)
    assert 0.9 * estimate < peak - before < 1.1 * estimate


def test_the_place_where_numbers_break_is_named(make_problem):
    objective = CPUObjective(make_problem("gatys", (16, 16)))
    x = start(objective.problem)
    assert "picture itself" in objective.first_non_finite(np.full_like(x, np.nan))
    assert objective.first_non_finite(x * 1e35).startswith("layer conv")
    assert objective.first_non_finite(x * 1e20) == "the term content relu4_2"
    assert not np.isfinite(objective.evaluate(x * 1e20).loss)


def test_profile_names_every_convolution_twice(make_problem):
    objective = CPUObjective(make_problem("gatys", (32, 32)))
    laps = objective.profile(start(objective.problem).ravel())
    convolutions = [lap for lap in laps if lap.flops]
    assert len(convolutions) == 2 * 13
    assert {lap.direction for lap in laps} == {"forward", "terms", "backward"}
    assert all(lap.seconds > 0 for lap in laps)
