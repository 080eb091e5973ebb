"""Pictures whose first stages run in bands: the same bits where sums have the same parts."""

import gc
import math
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.engine.bands import whole
from backpaint.engine.leases import place
from backpaint.gpu import GPUObjective
from backpaint.gpu.device import device
from backpaint.gpu.network import bands
from backpaint.gpu.network.banded_plan import painted_plan
from backpaint.gpu.network.bands import Cut, cut_of
from backpaint.gpu.network.memory import CONTEXT_BYTES, estimate_bytes, vectors_kept
from backpaint.gpu.terms.refused import refusal
from backpaint.presets import load_preset, preset_names
from backpaint.problem.recipe import Recipe

from ...problems import expected, make_problem, start
from ...tolerances import DOUBLE, SINGLE, TENSOR_CORES, assert_agree

WHOLE_PRESETS = {"andersbll"}
"""Overlapping pools, and gradients divided by their size."""


def recipe_with_taps(**options: object) -> Recipe:
    """The preset gatys with taps before, at and behind the first pool."""
    recipe = load_preset("gatys")
    style = {"conv1_1": 0.2, "relu1_2": 0.3, "pool1": 0.2, "relu2_1": 0.3}
    return replace(
        recipe,
        network=replace(recipe.network, **options),
        content=replace(recipe.content, layers={"pool1": 0.1, "conv2_2": 1.0}),
        style=replace(recipe.style, layers=style),
    )


@pytest.fixture
def cut_at(monkeypatch):
    """Set how many positions a band has."""
    return lambda positions: monkeypatch.setattr(bands, "BAND_POSITIONS", positions)


@pytest.mark.parametrize("shape", [(48, 16), (19, 16), (37, 11), (50, 3), (101, 1)])
def test_bands_cover_the_picture_once_and_have_even_edges(shape, cut_at):
    problem = make_problem(recipe_with_taps(edge="ceil"), shape)
    assert cut_of(problem, shape) == Cut((whole(shape[0]),))
    cut_at(40)
    cut = cut_of(problem, shape)
    assert cut.block == 2
    assert cut.layers == {"conv1_1", "relu1_1", "conv1_2", "relu1_2"}
    assert cut.bands[0].first == 0
    assert cut.bands[-1].last == shape[0]
    for one, other in pairwise(cut.bands):
        assert one.last == other.first
        assert one.last % 2 == other.top % 2 == 0
        assert one.bottom == min(one.last + 4, shape[0])
        assert other.top == max(other.first - 4, 0)
        assert one.last - one.first == cut.rows_at_once("relu1_1", shape[0])
    assert cut.rows_at_once("relu2_1", 7) == 7


def test_what_needs_its_surroundings_stays_whole(cut_at):
    cut_at(16)
    cut = {name: cut_of(make_problem(name), (32, 32)).block > 0 for name in preset_names()}
    assert {name for name, is_cut in cut.items() if not is_cut} == WHOLE_PRESETS
    looks = recipe_with_taps()
    looks = replace(looks, content=replace(looks.content, layers={"relu1_1": 1.0}))
    assert cut_of(make_problem(looks), (32, 32)).block == 0
    ends = replace(looks, content=None, style=replace(looks.style, layers={"pool1": 1.0}))
    assert cut_of(make_problem(ends), (32, 32)).block == 0


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize(
    ("precision", "dtype", "pool"),
    [
        pytest.param("exact", np.float64, "max", marks=pytest.mark.slow),
        ("exact", np.float64, "average"),
        pytest.param("tf32", np.float32, "max", marks=pytest.mark.slow),
    ],
)
def test_bands_give_the_bits_of_the_whole_picture(precision, dtype, pool, cut_at):
    problem = make_problem(recipe_with_taps(pool=pool), (48, 16))
    whole = GPUObjective(problem, precision, dtype=dtype).evaluate(start(problem))
    cut_at(16 * 16)  # a band is one part of a Gram matrix's sum
    assert len(cut_of(problem, problem.shape).bands) == 3
    objective = GPUObjective(problem, precision, dtype=dtype)
    first, captured, replayed = (objective.evaluate(start(problem)) for _ in range(3))
    for evaluation in (first, captured, replayed):
        assert evaluation.terms == whole.terms
        assert np.array_equal(evaluation.gradient, whole.gradient)


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize(
    ("shape", "edge", "pool", "first_padding"),
    [
        ((19, 16), "floor", "max", "zeros"),
        ((37, 11), "ceil", "average", "edge"),  # repeated at the picture's borders, not a band's
        ((26, 9), "floor", "average", "zeros"),
    ],
)
def test_bands_of_any_size_are_the_reference(shape, edge, pool, first_padding, cut_at):
    cut_at(7 * shape[1])
    problem = make_problem(
        recipe_with_taps(edge=edge, pool=pool, first_padding=first_padding),
        shape,
        styles=((9, 14), (12, 7)),
        shares=(0.25, 0.75),
    )
    evaluation = GPUObjective(problem, dtype=np.float64).evaluate(start(problem))
    assert_agree(evaluation, expected(problem), DOUBLE)


@pytest.mark.usefixtures("emulated")
@pytest.mark.slow
@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_scales_suit_all_bands(precision, cut_at):
    cut_at(8 * 9)
    problem = make_problem(recipe_with_taps(), (16, 9), styles=((6, 7),))
    x = start(problem)
    x[:10] *= 1e-3  # the second band needs scales that the first one does not
    objective = GPUObjective(problem, precision)
    evaluation = objective.evaluate(x)
    reference = GPUObjective(problem, dtype=np.float64).evaluate(x)
    assert_agree(evaluation, reference, SINGLE if precision == "exact" else TENSOR_CORES)
    assert np.array_equal(objective.evaluate(x).gradient, evaluation.gradient)
    assert objective.first_non_finite(x * 1e36).startswith("layer conv1_1")


@pytest.mark.slow  # all of them are compared without bands in tests/engines
@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize(
    "name",
    [
        name
        for name in preset_names()
        if name not in WHOLE_PRESETS and refusal(load_preset(name)) is None
    ],
)
def test_every_preset_in_bands_is_the_reference(name, cut_at):
    cut_at(100)
    problem = make_problem(name)
    assert len(cut_of(problem, problem.shape).bands) == 4
    evaluation = GPUObjective(problem, dtype=np.float64).evaluate(start(problem))
    assert_agree(evaluation, expected(problem), DOUBLE)


def test_bands_leave_the_arrays_that_are_needed_meanwhile_alone(cut_at):
    cut_at(400)
    problem, single = make_problem(recipe_with_taps()), np.dtype(np.float32)
    leases = painted_plan(problem, (64, 40), stored=single, real=single)
    offsets, _ = place(leases)
    by_name = {lease.name: lease for lease in leases}
    assert not {"input", "conv1_1", "relu1_2", "gradient conv1_2"} & set(by_name)
    for first, second in [("bands forward", "pool1"), ("bands backward", "gradient pool1")]:
        one, other = by_name[first], by_name[second]
        assert other.first <= one.first <= one.last <= other.last
        ends, begins = offsets[first] + one.nbytes, offsets[second]
        assert ends <= begins or begins + other.nbytes <= offsets[first]


@pytest.mark.usefixtures("emulated")
def test_the_estimate_counts_what_bands_allocate(cut_at):
    cut_at(400)
    problem = make_problem(recipe_with_taps(), (48, 30), styles=((16, 16),))
    pool = device.xp().get_default_memory_pool()
    gc.collect()
    before = pool.used_bytes()
    objective = GPUObjective(problem, dtype=np.float64)
    objective.evaluate_in_place()
    used = pool.used_bytes() - before
    vectors = vectors_kept(problem) * objective.point.nbytes
    estimate = estimate_bytes(problem, "exact", dtype=np.float64) - CONTEXT_BYTES - vectors
    assert 0.9 * estimate < used < 1.1 * estimate
    cut_at(math.prod(problem.shape))
    whole = estimate_bytes(problem, "exact", dtype=np.float64) - CONTEXT_BYTES - vectors
    assert whole > 1.1 * estimate


@pytest.mark.parametrize(
    "precision", ["exact", *(pytest.param(p, marks=pytest.mark.slow) for p in ("tf32", "fast"))]
)
@pytest.mark.parametrize("name", [name for name in preset_names() if name not in WHOLE_PRESETS])
def test_4096_pixels_fit_into_16_gb(name, precision):
    """But for all 13 convolutions in the style, whose features stay."""
    most = 18e9 if name == "titu1994-improved" else 16e9
    assert estimate_bytes(make_problem(name), precision, shape=(4096, 4096)) < most
