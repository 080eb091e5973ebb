"""Tiles against the whole, in float64; and that nothing but the cut decides the bits."""

import gc
from dataclasses import replace

import numpy as np
import pytest

from backpaint.cluster import work
from backpaint.cluster.crew import SerialCrew, WorkerFull
from backpaint.cluster.objective import TilesObjective
from backpaint.cpu.bands import tile
from backpaint.errors import RunError, UsageError
from backpaint.presets import load_preset, with_changes
from backpaint.problem.recipe import NetworkOptions
from backpaint.reference.objective import ReferenceObjective
from backpaint.vgg import layer_table

from ..doubled import EDGE, WINDOWS_ENDS, compute_in_double, ends_of_windows, worst
from ..problems import everything, make_problem, pixels, start

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
SHAPE, ROWS = (43, 11), 8
"""Halo 12, or 16 where pools overlap: five tiles, one whose window ends at no edge of the picture,
and leftovers of both pools."""
TABLES = {
    "content.layers": {"relu2_2": 1.0, "pool2": 0.5},
    "style.layers": {"relu1_1": 0.2, "pool1": 0.1, "conv2_2": 0.1, "relu3_1": 0.2},
}


@pytest.fixture
def in_double(monkeypatch, thin_networks):
    """Let the engine compute in float64, with few channels."""
    work.forget()
    compute_in_double(monkeypatch)
    yield
    work.forget()


def problem_of(shape=SHAPE, **changes):
    """Make a problem with taps of every kind, one of them after both pools."""
    recipe = load_preset("gatys")
    tables = {"content": recipe.content, "style": recipe.style}
    without = {f"{name}.layers.{layer}": None for name, t in tables.items() for layer in t.layers}
    return make_problem(with_changes(recipe, {**without, **TABLES, **changes}), shape)


def in_tiles(problem, crew=None, rows=ROWS, **options):
    return TilesObjective(problem, crew or SerialCrew(1), rows=rows, **options)


def evaluated(problem, rows=ROWS):
    return in_tiles(problem, rows=rows, exact=True).evaluate(start(problem))


def require_equal(one, other):
    np.testing.assert_array_equal(one.gradient, other.gradient)
    assert one.terms == other.terms


@pytest.mark.parametrize("changes", POOLS, ids=lambda changes: "-".join(map(str, changes.values())))
def test_tiles_are_the_whole_to_rounding(in_double, changes):
    problem = problem_of(**changes)
    expected = ReferenceObjective(problem).evaluate(start(problem))
    assert worst(evaluated(problem), expected) <= ROUNDING


@pytest.mark.parametrize("changes", [POOLS[3], POOLS[4]], ids=["max-ceil", "overlapping"])
def test_the_edge_is_repeated_where_the_picture_ends(in_double, monkeypatch, changes):
    higher = (51, 11)  # one window is cut above and below, where pools overlap, too
    problem, ends = problem_of(higher, **changes, **EDGE), ends_of_windows(monkeypatch)
    expected = ReferenceObjective(problem).evaluate(start(problem))
    assert worst(evaluated(problem), expected) <= ROUNDING
    assert {*ends} == WINDOWS_ENDS


def test_statistics_around_a_center_and_terms_of_the_picture(in_double):
    problem = problem_of(
        **{"style.statistic": "covariance", "total_variation.kind": "squared"},
        **{"total_variation.weight": 1.0, "content.divisor": "|P|^2", "style.divisor": "|A|^2"},
    )
    expected = ReferenceObjective(problem).evaluate(start(problem))
    assert worst(evaluated(problem), expected) <= ROUNDING


@pytest.mark.slow
def test_all_layers_of_the_paper_in_tiles(in_double, whole_networks):
    problem = make_problem("gatys", (143, 16))
    expected = ReferenceObjective(problem).evaluate(start(problem))
    assert worst(evaluated(problem, rows=48), expected) <= ROUNDING


def shifted(one, **by):
    return replace(one, **{name: getattr(one, name) + much for name, much in by.items()})


def of_layer(one, name, **by):
    return replace(one, layers={**one.layers, name: shifted(one.layers[name], **by)})


MUTANTS = {
    "a row that belongs to two tiles": lambda tiles: [of_layer(tiles[0], "relu1_1", last=1)],
    "leftovers that belong to none": lambda tiles: [
        *tiles[:-1],
        of_layer(tiles[-1], "relu1_1", last=-1),
    ],
    "another row of the window": lambda tiles: [tiles[0], of_layer(tiles[1], "pool2", top=1)],
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_cut_is_seen(in_double, monkeypatch, mutant):
    problem = problem_of()
    right = tile.tiles_of
    expected = evaluated(problem)

    def wrong(*arguments):
        tiles = right(*arguments)
        changed = MUTANTS[mutant](tiles)
        return changed + tiles[len(changed) :]

    monkeypatch.setattr("backpaint.cluster.objective.tiles_of", wrong)
    assert worst(evaluated(problem), expected) > 1e3 * ROUNDING


def test_a_halo_that_is_too_small_is_seen(in_double, monkeypatch):
    problem, right = problem_of(), tile.halo_of
    expected = evaluated(problem)
    monkeypatch.setattr(tile, "halo_of", lambda *of: right(*of) - 4)
    assert worst(evaluated(problem), expected) > 1e3 * ROUNDING


@pytest.mark.parametrize("height", [16, 203, 255, 256, 257, 1000])
@pytest.mark.parametrize("edge", ["floor", "ceil"])
def test_every_row_of_every_layer_belongs_to_one_tile(height, edge):
    layers = layer_table(19)[:-1]
    options = NetworkOptions(pool="average", edge=edge)
    names = [layer.name for layer in layers]
    sizes = tile.feature_sizes(layers, options, (height, 40))
    tiles = tile.tiles_of(layers, options, (height, 40), names, 48)
    for name in names:
        rows = [row for one in tiles for row in range(*one.layers[name].rows.indices(height))]
        assert rows == list(range(sizes[name][0])), name
    assert all(one.layers["relu5_1"].first < one.layers["relu5_1"].last for one in tiles)


class Forgetful(SerialCrew):
    """Workers that die behind every task: each next one begins with nothing."""

    def submit(self, function, *arguments):
        work.forget()
        return super().submit(function, *arguments)


def test_what_a_worker_keeps_does_not_change_bits(monkeypatch):
    problem = problem_of(**EDGE)
    wanted = in_tiles(problem).evaluate(start(problem))
    require_equal(in_tiles(problem, Forgetful(2)).evaluate(start(problem)), wanted)
    monkeypatch.setattr(work, "available_bytes", lambda: 0)
    objective = in_tiles(problem)
    require_equal(objective.evaluate(start(problem)), wanted)
    assert len(work._held) == 1


class Full(SerialCrew):
    """Workers without memory."""

    def result(self, ticket):
        raise WorkerFull("a worker has not enough memory")


def test_smaller_tiles_are_the_advice_where_memory_lacks():
    problem = problem_of()
    with pytest.raises(RunError, match="memory; choose smaller tiles"):
        in_tiles(problem, Full()).evaluate(start(problem))


def test_maps_are_kept_between_the_passes(monkeypatch):
    problem, runs, forward = problem_of(), [], tile.TileNetwork.forward
    objective = in_tiles(problem)
    monkeypatch.setattr(
        tile.TileNetwork, "forward", lambda *given: (runs.append(1), forward(*given))[1]
    )
    objective.evaluate(start(problem))
    assert len(runs) == len(objective._specs) == 5


def test_maps_go_with_the_picture_that_they_are_of():
    work.forget()
    objective = in_tiles(problem_of())
    objective.evaluate(start(objective.problem))
    assert len(work._held) == 5
    other = objective.with_content(pixels(*SHAPE, seed=9))
    other.evaluate(start(other.problem))
    del objective, other
    gc.collect()
    assert not work._held


def test_another_content_and_other_weights_of_terms():
    problem = problem_of()
    objective, content = in_tiles(problem), pixels(*SHAPE, seed=9)
    other = objective.with_content(content)
    require_equal(
        other.evaluate(start(problem)),
        in_tiles(problem.with_content(content)).evaluate(start(problem)),
    )
    heavier = replace(problem, recipe=with_changes(problem.recipe, {"style.weight": 7.0}))
    changed = objective.with_problem(heavier)
    require_equal(changed.evaluate(start(problem)), in_tiles(heavier).evaluate(start(problem)))


def test_what_is_not_finite_is_found():
    objective = in_tiles(problem_of())
    assert objective.first_non_finite(start(objective.problem) * 1e36).startswith("layer conv")


def test_what_is_no_sum_over_rows_is_refused():
    problem = make_problem(everything(**{"style.l1_epsilon": 1e-8}))
    with pytest.raises(UsageError, match=r"style.l1_epsilon .*tiles cannot .* leave --workers out"):
        in_tiles(problem)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (
            {"versions": "backpaint 0.0.1 with NumPy 1"},
            "this process has .* backpaint 0.0.1 .*asks",
        ),
        ({"sha256": "1" * 64}, r"found weights of SHA-256 .* expected 1111.* or use vgg16"),
    ],
)
def test_a_worker_that_is_another_refuses(wrong, why):
    problem = problem_of()
    spec = in_tiles(problem)._specs[0]
    spec = replace(spec, network=replace(spec.network, **wrong))
    with pytest.raises(UsageError, match=why):
        work.content_features(spec, np.zeros((20, 11, 3), np.float32))
