"""The recipes of smaller sizes, and the weights that terms have there."""

from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.painting.session import open_session
from backpaint.presets import recipe
from backpaint.problem.pixels import to_variable
from backpaint.problem.recipe import Content, Style, TotalVariation
from backpaint.reference.objective import ReferenceObjective
from backpaint.scales import at_size, coarser_recipes, needs_note

from ..problems import make_problem, pixels


def scaled(**scales):
    return recipe("gatys", size=64, iterations=9, changes={"scales": scales})


@pytest.mark.parametrize(
    ("iterations", "expected"), [(None, [9, 9]), (4, [4, 4]), ([5, 3], [5, 3])]
)
def test_smaller_sizes_have_their_own_iterations(iterations, expected):
    made = coarser_recipes(scaled(sizes=[32, 48], iterations=iterations))
    assert [one.images.size for one in made] == [32, 48]
    assert [one.optimizer.iterations for one in made] == expected
    assert all(one.scales is None for one in made)


def test_sizes_that_are_not_below_the_last_are_left_out_with_their_iterations():
    made = coarser_recipes(scaled(sizes=[32, 64, 128], iterations=[7, 6, 5]))
    assert [(one.images.size, one.optimizer.iterations) for one in made] == [(32, 7)]
    assert coarser_recipes(recipe("gatys")) == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scales.sizes": [128, 64]}, r"scales: scales\.sizes is \[128, 64\]; expected sizes that"),
        ({"scales.sizes": [64, 64]}, r"ascend"),
        ({"scales.sizes": []}, r"ascend"),
        ({"scales.sizes": [0, 64]}, r"\[0, 64\], expected a list, each entry a whole number"),
        ({"scales.sizes": [64], "scales.iterations": [3, 2]}, r"2 of the 1 numbers"),
        ({"scales.iterations": 4}, r"'sizes' is missing"),
        ({"scales.sizes": [64], "images.size": None}, r"images\.size, which is not set"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(UsageError, match=sentence):
        recipe("gatys", changes=changes)


ONE_LAYER = {
    "network.first_padding": "edge",
    "content": {"weight": 3.0, "divisor": "2", "layers": {"relu1_1": 1.0}},
    "style": {"weight": 7.0, "gram_divisor": "M", "divisor": "1", "layers": {"relu1_1": 1.0}},
    "total_variation": {"weight": 5.0, "kind": "squared"},
    "laplacian": {"weight": 2.0, "pools": (2,)},
    "range": {"weight": 4.0},
    "scales.balance": "last",
    "scales.sizes": [16],
    "images.size": 32,
}


def allowed(table, key):
    return get_args(get_type_hints(table)[key])


def variants():
    for divisor in allowed(Content, "divisor"):
        yield {"content.divisor": divisor}
    for divisor in allowed(Style, "divisor"):
        for gram in allowed(Style, "gram_divisor"):
            yield {"style.divisor": divisor, "style.gram_divisor": gram}
    for statistic in allowed(Style, "statistic"):
        yield {"style.statistic": statistic, "style.divisor": "4 C^2 M^2"}
    for term in ("content", "style"):
        yield {f"{term}.l1_epsilon": 0.0}
    for kind in allowed(TotalVariation, "kind"):
        for mean in (False, True):
            yield {"total_variation.kind": kind, "total_variation.mean": mean}
    yield {"total_variation": {"weight": 1.0, "kind": "power", "exponent": 1.25, "wrap": True}}


def tiled_terms(made, copies):
    # the same pictures side by side: every mean stays, but for the seams and the border
    shape = (16, 16)
    problem = make_problem(made, shape, (shape,))
    content, style, x = (
        np.tile(one, (copies, copies, 1))
        for one in (problem.content, problem.styles[0] / 3, pixels(*shape, seed=9))
    )
    tiled = replace(problem, content=content, styles=(style,), shape=content.shape[:2])
    return ReferenceObjective(tiled).evaluate(to_variable(x, made.variable)).terms


@pytest.mark.parametrize("changes", [*variants()], ids=str)
def test_a_balanced_term_of_the_same_pictures_counts_as_much_at_a_smaller_size(changes):
    whole = recipe("gatys", changes=ONE_LAYER | changes)
    small = at_size(coarser_recipes(whole)[0], whole, (16, 16), (32, 32))
    here, last = tiled_terms(small, 1), tiled_terms(whole, 2)
    assert [*here] == [*last]
    assert len(here) == 5
    for term, value in last.items():  # a power that is wrong by 1/2 is off by a factor of 2
        assert here[term] == pytest.approx(value, rel=0.15), term


def test_weights_are_balanced_as_at_the_last_size_only_where_that_is_asked_for():
    for balance, factor in (("recipe", 1), ("last", 4)):
        whole = scaled(sizes=[32], balance=balance)
        small = at_size(coarser_recipes(whole)[0], whole, (32, 20), (64, 40))
        assert small.content.weight == factor * whole.content.weight
        assert small.style.weight == whole.style.weight


def test_a_style_that_does_not_shrink_along_is_told():
    native = {"images.style": "native"}
    whole = recipe("gatys", size=64, changes=native | {"scales.sizes": [32]})
    assert "all scales" in needs_note(whole)
    assert needs_note(recipe("gatys", changes=native)) is None
    noise = np.full((20, 24, 3), 90.0)
    session = open_session(noise, noise, whole)
    assert any("all scales" in note for note in session.prepared.notes)
