"""The recipes of smaller sizes, and the weights that terms have there."""

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.painting.session import open_session
from backpaint.presets import load_preset, recipe
from backpaint.reference.objective import ReferenceObjective
from backpaint.scales import at_size, coarser_recipes, needs_note
from backpaint.scales.plan import area_power

from ..problems import make_problem, shallow


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


@pytest.mark.parametrize("name", ["gatys", "keras-example", "neural-style-pt", "pystiche", "fzliu"])
def test_a_term_grows_with_the_area_as_it_is_said_to(name):
    made = shallow(load_preset(name))
    pixels = np.random.default_rng(1).uniform(0, 255, (3, 20, 20, 3))
    terms = []
    for copies in (1, 2):  # the same pictures side by side: every mean stays, but for the seams
        x, content, style = (np.tile(one, (copies, copies, 1)) for one in pixels)
        shape = content.shape[:2]
        problem = make_problem(made, shape, (shape,))
        whole = type(problem)(
            **{f: getattr(problem, f) for f in problem.__dataclass_fields__}
            | {"content": None if problem.content is None else content, "styles": (style,)}
        )
        terms.append(ReferenceObjective(whole).evaluate(backpaint_variable(x, made)).terms)
    kinds = {"content": made.content, "style": made.style, "total": made.total_variation}
    for term, value in terms[0].items():
        power = np.log2(terms[1][term] / value) / 2
        assert power == pytest.approx(area_power(kinds[term.split()[0]]), abs=0.3), term


def backpaint_variable(pixels, made):
    from backpaint.problem.pixels import to_variable

    return to_variable(pixels, made.variable)


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
