"""Layers for each style, and for the content, instead of the recipe's."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_fields

from backpaint.check.recipe_twin import recipe_gradient
from backpaint.cpu import estimate_bytes as cpu_bytes
from backpaint.engine.objective import Evaluation
from backpaint.errors import UsageError
from backpaint.gpu.network.memory import estimate_bytes as gpu_bytes
from backpaint.reference.objective import ReferenceObjective
from backpaint.views.single_terms import single_terms

from ..problems import start
from ..tolerances import WHOLE_GRADIENT, assert_agree, assert_close
from .seams import BUILDERS, TOLERANCE, assert_same_bits, problem_of, recipe_of
from .seams import engine as engine

FINE, COARSE = {"relu1_2": 2.0, "relu1_1": 0.3}, {"pool1": 0.4, "relu1_1": 0.9}
CONTENT = {"relu2_1": 0.5, "pool1": 3.0}
SHARES = (0.7, 0.3)
RECIPES = {
    "gatys": recipe_of(**{"style.match_area": True, "style.divisor": "4 C^2 M_style^2"}),
    "andersbll": replace_fields(recipe_of("andersbll"), total_variation=None),
}


def mixed(recipe, tables=(FINE, COARSE), **others):
    return problem_of(recipe, SHARES, style_tables=tables, **others)


def sum_of_single_styles(problem) -> Evaluation:
    """Add up problems of the content alone, and of each style with a recipe of its own."""
    recipe, x = problem.recipe, start(problem)
    alone = {"content_table": None, "style_tables": None}
    content = replace_fields(recipe.content, layers=problem.content_layers)
    parts = [
        replace(
            problem,
            recipe=replace_fields(recipe, content=content, style=None),
            styles=(),
            style_shares=(),
            **alone,
        )
    ]
    for pixels, share, table in zip(
        problem.styles, problem.style_shares, problem.style_tables, strict=True
    ):
        style = replace_fields(recipe.style, layers=dict(table))
        alone_recipe = replace_fields(recipe, content=None, style=style)
        parts.append(
            replace(problem, recipe=alone_recipe, styles=(pixels,), style_shares=(share,), **alone)
        )
    evaluations = [ReferenceObjective(part).evaluate(x) for part in parts if part.taps]
    terms = dict.fromkeys(problem.term_names, 0.0)
    for name, loss in (item for found in evaluations for item in found.terms.items()):
        terms[name] += loss
    gradient = sum(found.gradient for found in evaluations)
    return Evaluation(sum(terms.values()), gradient, terms)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_styles_with_their_own_layers_are_the_sum_of_single_ones(engine, recipe):
    problem = mixed(recipe, content_table=CONTENT)
    expected = sum_of_single_styles(problem)
    assert_agree(BUILDERS[engine](problem).evaluate(start(problem)), expected, TOLERANCE[engine])


def test_autograd_agrees():
    pytest.importorskip("torch", reason="PyTorch is the judge: pip install '.[crosscheck]'")
    from backpaint.check.libraries.torch import Torch

    problem = mixed(RECIPES["gatys"], content_table=CONTENT)
    x = start(problem)
    loss, gradient = recipe_gradient(Torch(), problem, x)
    found = ReferenceObjective(problem).evaluate(x)
    assert_close("loss", found.loss, loss, WHOLE_GRADIENT["float64"])
    assert_close("gradient", found.gradient, gradient, WHOLE_GRADIENT["float64"])


def test_tables_alike_leave_every_bit(engine):
    recipe = RECIPES["gatys"]
    plain = problem_of(recipe, SHARES)
    tables = (dict(recipe.style.layers),) * 2
    spelled = mixed(recipe, tables, content_table=dict(recipe.content.layers))
    x = start(plain)
    assert_same_bits(BUILDERS[engine](spelled).evaluate(x), BUILDERS[engine](plain).evaluate(x))


def test_a_style_with_an_empty_table_counts_nowhere(engine):
    recipe = RECIPES["gatys"]
    problem = mixed(recipe, ({}, COARSE))
    alone = replace(
        problem, styles=problem.styles[1:], style_shares=SHARES[1:], style_tables=(COARSE,)
    )
    x = start(problem)
    assert_same_bits(BUILDERS[engine](problem).evaluate(x), BUILDERS[engine](alone).evaluate(x))


def test_taps_are_the_union_in_the_recipes_order_first():
    recipe = recipe_of(**{"style.layers": {"relu2_1": 1.0, "relu1_1": 1.0, "conv1_1": 1.0}})
    problem = mixed(recipe, content_table=CONTENT)
    assert problem.style_layers == ("relu1_1", "relu1_2", "pool1")
    assert problem.taps == ("relu2_1", "pool1", "relu1_1", "relu1_2")
    assert problem.layers[-1].name == "relu2_1"
    assert problem.layers_of_styles == (FINE, COARSE)
    assert mixed(recipe).taps == ("relu1_2", "relu1_1", "pool1")


def test_a_loss_is_taken_apart_by_layer():
    problem = mixed(RECIPES["gatys"], content_table=CONTENT)
    x = start(problem)
    whole = ReferenceObjective(problem).evaluate(x)
    parts = {name: ReferenceObjective(one).evaluate(x) for name, one in single_terms(problem)}
    assert {name: part.loss for name, part in parts.items()} == pytest.approx(whole.terms)
    total = sum(part.gradient for part in parts.values())
    assert_close("gradient", total, whole.gradient, WHOLE_GRADIENT["float64"])


@pytest.mark.parametrize(
    ("estimate", "itemsize"), [(cpu_bytes, 8), (lambda problem: gpu_bytes(problem, "tf32"), 4)]
)
def test_memory_is_counted_for_a_styles_own_layers(estimate, itemsize):
    recipe, deep, shallow = RECIPES["gatys"], {"relu4_1": 1.0, "relu3_1": 1.0}, {"relu3_1": 1.0}
    both, one, none = (estimate(mixed(recipe, (deep, table))) for table in (deep, shallow, {}))
    assert both - one == itemsize * 512**2
    assert one - none == itemsize * 256**2


@pytest.mark.parametrize(
    ("changes", "tables", "message"),
    [
        ({}, {"style_tables": (FINE,)}, "2 styles came with 1 table of layers; give one table"),
        ({}, {"style_tables": ({}, {})}, "tables of style layers are all empty; name a layer"),
        ({}, {"style_tables": (FINE, {"relu9_1": 1.0})}, "layer relu9_1 is not in"),
        ({}, {"content_table": {"relu9_1": 1.0}}, "layer relu9_1 is not in"),
        ({"content": None}, {"content_table": CONTENT}, "has no content term for a table"),
        ({"style": None}, {"style_tables": ()}, "has no style term for tables"),
    ],
)
def test_tables_that_fit_nothing_are_refused(changes, tables, message):
    recipe = replace_fields(recipe_of(), **changes)
    with pytest.raises(UsageError, match=message):
        problem_of(recipe, SHARES, **tables)
