"""Blocks in bands against the whole, by the engine itself in float64: float32 proves no halo."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.cpu import CPUObjective
from backpaint.cpu.bands import cut
from backpaint.cpu.bands.choice import require_bands
from backpaint.cpu.bands.tile import AS_IT_COMES
from backpaint.cpu.network.edges import add_edge_gradient
from backpaint.engine.bands import Band
from backpaint.errors import UsageError
from backpaint.presets import load_preset, with_changes
from backpaint.problem.recipe import NetworkOptions
from backpaint.reference.objective import ReferenceObjective
from backpaint.vgg import layer_table

from ...doubled import EDGE, WINDOWS_ENDS, compute_in_double, ends_of_windows, worst
from ...problems import everything, make_problem, start
from ...reference.thin import IN_EIGHTS, ThinWeights, thin_weights

POOLS = [
    {"network.pool": "average", "network.edge": "floor"},
    {"network.pool": "average", "network.edge": "ceil"},
    {"network.pool": "max", "network.edge": "floor"},
    {"network.pool": "max", "network.edge": "ceil"},
    {"network.pool": "overlapping-average"},
    {"network.pool": "overlapping-average", "network.count_padding": True},
]
ROUNDING = 1e-14
"""Of the largest gradient, and of each term."""
OF_ROOTS = 1e-9
"""Roots of matrices that are nearly singular enlarge rounding: in the whole picture as well."""
NARROW = 17
"""Columns: bands are cut along the other side."""


@pytest.fixture
def in_double(monkeypatch):
    """Let the engine compute in float64."""
    compute_in_double(monkeypatch)


@pytest.fixture
def rows(monkeypatch):
    """Cut bands of about so many rows."""
    return lambda count: monkeypatch.setattr(cut, "ROWS", count)


SHALLOW = {
    "content.layers": {"relu3_2": 1.0, "pool3": 0.5},
    "style.layers": {"relu1_1": 0.2, "pool1": 0.1, "conv2_2": 0.1, "relu3_1": 0.2, "relu4_1": 0.2},
}
"""A content and a style of blocks 1 to 3, with taps of every kind, and one in the rest."""


class _Narrower(ThinWeights):
    """Channels over which rounding averages out as over all of a real network."""

    channels = IN_EIGHTS | {64: 16, 128: 32, 256: 48, 512: 64}


THIN = thin_weights(kind=_Narrower)
"""Where halos end depends on no number of channels."""


def problem_of(height, weights=THIN, **changes):
    recipe = with_changes(load_preset("gatys"), {**without_layers("gatys"), **SHALLOW, **changes})
    return make_problem(recipe, (height, NARROW), weights=weights)


def without_layers(preset):
    recipe = load_preset(preset)
    tables = {"content": recipe.content, "style": recipe.style}
    return {f"{name}.layers.{layer}": None for name, t in tables.items() for layer in t.layers}


def evaluated(problem, **options):
    objective = CPUObjective(problem, threads=1, exact=True, **options)
    return objective, objective.evaluate(start(problem))


@pytest.mark.parametrize(
    ("height", "changes"),
    [(32, POOLS[0]), *((35, changes) for changes in POOLS)],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else value,
)
def test_bands_are_the_whole_to_rounding(in_double, rows, height, changes):
    rows(3)
    problem = problem_of(height, **changes)
    objective, banded = evaluated(problem, bands=3)
    assert min(len(block.bands) for block in objective.network._banded) > 1
    assert worst(banded, ReferenceObjective(problem).evaluate(start(problem))) <= ROUNDING


@pytest.mark.parametrize(("bands", "changes"), [(1, POOLS[0]), (2, POOLS[3]), (3, POOLS[4])])
def test_the_edge_is_repeated_where_the_picture_ends(in_double, rows, monkeypatch, bands, changes):
    rows(2)  # where pools overlap, the second window begins where the picture does, too
    problem, ends = problem_of(35, **changes, **EDGE), ends_of_windows(monkeypatch)
    expected = ReferenceObjective(problem).evaluate(start(problem))
    assert worst(evaluated(problem, bands=bands)[1], expected) <= ROUNDING
    assert {*ends} == WINDOWS_ENDS


def test_a_preset_that_repeats_the_edge(in_double, rows):
    """Layers of blocks 1 to 3 show what deeper ones would, in less time."""
    rows(3)
    shallow = {"content.layers": {"relu3_1": 1.0}, "style.layers": {"relu1_1": 4.0, "relu3_1": 1.0}}
    recipe = with_changes(load_preset("crowsonkb"), {**without_layers("crowsonkb"), **shallow})
    problem = make_problem(recipe, (33, NARROW))
    (_, banded), (_, expected) = (evaluated(problem, bands=bands) for bands in (2, 0))
    assert worst(banded, expected) <= OF_ROOTS


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [POOLS[0], POOLS[3] | EDGE], ids=lambda changes: changes["network.pool"]
)
def test_all_blocks_of_the_paper_in_bands(in_double, rows, changes):
    rows(4)
    problem = make_problem(with_changes(load_preset("gatys"), changes), (79, NARROW))
    expected = ReferenceObjective(problem).evaluate(start(problem))
    assert worst(evaluated(problem, bands=4)[1], expected) <= ROUNDING


STATISTICS = {
    "covariance": (21, None),
    "mean-deviation": (21, None),
    "wasserstein": (35, THIN),
    "shifted gram": (35, THIN),
}
"""On which height and channels: rounding averages out over many."""


@pytest.mark.parametrize("statistic", STATISTICS)
def test_other_statistics_are_sums_as_well(in_double, rows, statistic):
    rows(3)
    shifted = {"style.shift": -1.0} if statistic == "shifted gram" else {}
    changes = shifted or {"style.statistic": statistic}
    problem = problem_of(*STATISTICS[statistic], **changes)
    expected = ReferenceObjective(problem).evaluate(start(problem))
    allowed = OF_ROOTS if statistic == "wasserstein" else ROUNDING
    assert worst(evaluated(problem, bands=2)[1], expected) <= allowed


def shifted(band, **by):
    return replace(band, **{name: getattr(band, name) + much for name, much in by.items()})


MUTANTS = {
    "a halo at the top that is too small": (1, {"top": 2}),
    "a halo at the bottom that is too small": (0, {"bottom": -1}),
    "a row that belongs to two bands": (0, {"last": 1}),
    "leftovers of pooling that belong to none": (-1, {"last": -1}),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_cut_is_seen(in_double, rows, monkeypatch, mutant):
    number, by = MUTANTS[mutant]
    right = cut._bands

    def wrong(stages, options):
        bands = list(right(stages, options))
        if len(bands) > 1:
            bands[number] = shifted(bands[number], **by)
        return tuple(bands)

    rows(4)
    problem = problem_of(17, **{"network.edge": "floor"})
    expected = evaluated(problem)[1]
    monkeypatch.setattr(cut, "_bands", wrong)
    assert worst(evaluated(problem, bands=1)[1], expected) > 1e3 * ROUNDING


def test_bits_do_not_depend_on_threads(rows):
    rows(8)
    problem = problem_of(40, **EDGE)
    results = [
        CPUObjective(problem, threads=threads, bands=3).evaluate(start(problem))
        for threads in (1, 2, 3)
    ]
    for other in results[1:]:
        np.testing.assert_array_equal(other.gradient, results[0].gradient)
        assert other.terms == results[0].terms


def test_bands_decide_as_the_whole(rows):
    rows(4)
    problem, decided = problem_of(21, **{"network.pool": "max"}), []
    for bands in (0, 2):
        objective = CPUObjective(problem, threads=1, exact=True, bands=bands)
        decided.append(objective.decisions(start(problem)))
    assert list(decided[0]) == list(decided[1])
    for layer, passes in decided[0].items():
        assert np.mean(passes != decided[1][layer]) < 1e-3, layer


def test_what_is_not_finite_is_found_in_a_band(rows):
    rows(4)
    objective = CPUObjective(problem_of(32), threads=1, bands=2)
    x = start(objective.problem)
    assert objective.first_non_finite(x * 1e36).startswith("layer conv")


@pytest.mark.parametrize("layer", ["content", "style"])
def test_normalized_gradients_are_refused(layer):
    problem = make_problem(everything(**{f"{layer}.l1_epsilon": 1e-8}))
    with pytest.raises(UsageError, match=rf"{layer}.l1_epsilon .* choose bands none"):
        CPUObjective(problem, bands=1)


def test_more_blocks_than_there_are_are_refused():
    with pytest.raises(UsageError, match=r"bands is 2; expected none or 1, .* before pool2"):
        require_bands(make_problem(everything()), 2)


@pytest.mark.parametrize("height", [1, 2, 3, 16, 255, 256, 257, 1000])
@pytest.mark.parametrize("depth", [16, 19])
def test_every_row_belongs_to_one_band(height, depth):
    options = NetworkOptions(pool="average", edge="ceil")
    layers = layer_table(depth)[:-1]
    for block in cut.cut_of(layers, options, (height, 40), {"relu5_1"}, 4)[:-1]:
        rows = [row for band in block.bands for row in range(band.first, band.last)]
        assert rows == list(range(block.size[0]))
        pooled = [block.pooled_band(band).rows for band in block.bands]
        assert [row for part in pooled for row in range(part.start, part.stop)] == list(
            range(block.pooled[0])
        )
        assert all(band.first % 2 == 0 and band.top % 2 == 0 for band in block.bands)


def test_only_where_the_picture_ends_pixels_take_what_went_to_the_frame():
    grad_y, ones = np.ones((3, 4, 1)), np.ones((3, 3, 1, 3))
    for ends in ((True, False), (False, True), (False, False)):
        gradient = np.zeros((3, 4, 3))
        add_edge_gradient(gradient, grad_y, ones, AS_IT_COMES, ends)
        above, below = (3 if is_end else 0 for is_end in ends)
        assert gradient[:, 1, 0].tolist() == [above, 0, below]
        assert gradient[1, :, 0].tolist() == [3, 0, 0, 3]


def test_a_band_knows_its_rows():
    band = Band(8, 12, 4, 16)
    assert [band.ends(height) for height in (16, 17)] == [(False, True), (False, False)]
    assert (band.rows, band.window, band.kept) == (slice(8, 12), slice(4, 16), slice(4, 8))
