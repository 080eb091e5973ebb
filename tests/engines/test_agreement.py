"""Every engine against the reference in float64."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.presets import preset_names
from backpaint.problem.pixels import to_variable

from ..problems import expected, make_problem, one_block, start
from ..tolerances import assert_agree, assert_close
from .cases import PRESETS, SMALLEST, THIN, TINY
from .table import ENGINES, OTHER_PRECISIONS, OTHER_STATISTICS, each

SHAPE, STYLES = (6, 7), ((9, 14), (12, 7))


QUICK = {"reference float32": "fzliu", "cpu": "jcjohnson", "cpu exact": "titu1994"}
"""The whole preset that an engine of the host computes by default, beside Gatys' at odd sizes."""


def cases():
    """Pair engines with problems; slow: the same at a larger size, and emulated tensor cores.

    Of these, the default run keeps the smallest of each pool in float64, and few of a precision.
    Whole presets are slow, as a thin network has all that they differ in.
    """
    for engine in ENGINES[1:]:
        for case in engine.cases:
            marks = [] if is_quick(engine, case) else [pytest.mark.slow]
            yield pytest.param(engine, case, id=f"{engine.name}-{case.name}", marks=marks)


QUICK_ON_A_DEVICE = {
    *("andersbll", "backpaint", "fzliu", "jcjohnson", "cysmith", "pytorch-tutorial"),
    *OTHER_STATISTICS,
}
assert {*preset_names()} >= QUICK_ON_A_DEVICE
"""Presets of the kinds of total variation that ``everything`` lacks, of all pools and networks, of
gradients that are divided, and those that are refused; others differ in numbers, which the host
computes."""


def is_quick(engine, case):
    """Whether a case belongs to the default run."""
    if engine.name in OTHER_PRECISIONS:
        return case is TINY
    if engine.name == "gpu tf32":
        return case in (SMALLEST[0], TINY) or case.name == "jcjohnson"
    if engine.emulated:
        is_preset = case.name in preset_names()
        return case.name in QUICK_ON_A_DEVICE if is_preset else not case.name.startswith("gatys-")
    if case in PRESETS:
        return case.name == QUICK[engine.name]
    is_whole = case.name.startswith("gatys-")  # at odd sizes: float32 adds nothing to the size
    return engine.name == "cpu" or not is_whole or case.shape == (2, 33)


def on_a_thin_network():
    """Pair the host's engines with every preset."""
    for engine in ENGINES[1:]:
        for case in () if engine.emulated else THIN:
            yield pytest.param(engine, case, id=f"{engine.name}-{case.name}")


NAMES = [
    "content relu1_2", "style conv1_1", "style relu1_2", "style pool1", "total variation"
]  # fmt: skip


@pytest.mark.parametrize(("any_engine", "case"), list(cases()), indirect=["any_engine"])
def test_loss_and_gradient(any_engine, case, record_property):
    if case.name in any_engine.refuses:
        with pytest.raises(UsageError, match=any_engine.refuses[case.name]):
            any_engine.build(case.problem)
        return
    evaluation = any_engine.build(case.problem).evaluate(start(case.problem))
    used = assert_agree(evaluation, case.expected, any_engine.closeness)
    record_property("proof", (used, any_engine.closeness.gradient, "gradient"))


@pytest.mark.parametrize(("any_engine", "case"), list(on_a_thin_network()), indirect=["any_engine"])
def test_a_whole_preset_of_a_thin_network(any_engine, case):
    """Rounding averages out over many channels: the terms of few may be off by twice as much."""
    evaluation = any_engine.build(case.problem).evaluate(start(case.problem))
    closeness = replace(any_engine.closeness, loss=2 * any_engine.closeness.loss)
    assert_agree(evaluation, case.expected, closeness)


@pytest.mark.parametrize("missing", ["content", "style", "total_variation"])
@each
def test_a_term_can_be_missing(any_engine, missing):
    recipes = one_block(**{missing: None}), one_block()
    problem, whole = (make_problem(recipe, SHAPE) for recipe in recipes)
    evaluation = any_engine.build(problem).evaluate(start(problem))
    assert_agree(evaluation, expected(problem), any_engine.closeness)
    left = [name for name in NAMES if not name.startswith(missing.replace("_", " "))]
    assert list(evaluation.terms) == left
    for name in left:
        loss = expected(whole).terms[name]
        assert_close(name, evaluation.terms[name], loss, any_engine.closeness.loss)


@each
def test_terms_are_named_in_the_recipes_order_and_shares_weigh_the_styles(any_engine):
    def terms(*shares):
        problem = make_problem(one_block(), SHAPE, STYLES, shares)
        evaluation = any_engine.build(problem).evaluate(start(problem))
        assert list(evaluation.terms) == NAMES
        assert all(type(value) is float and value > 0 for value in evaluation.terms.values())
        assert evaluation.loss == sum(evaluation.terms.values())
        return evaluation.terms

    one, other, both = terms(1.0, 0.0), terms(0.0, 1.0), terms(0.25, 0.75)
    for name in NAMES:
        assert both[name] == pytest.approx(0.25 * one[name] + 0.75 * other[name], rel=1e-6)
        assert (one[name] == other[name]) == (not name.startswith("style"))


@each
def test_at_its_targets_an_objective_is_zero(any_engine):
    problem = make_problem(one_block(total_variation=None), SHAPE, (SHAPE,))
    problem = replace(problem, styles=(problem.content,))
    objective = any_engine.build(problem)
    away = objective.evaluate(start(problem))
    there = objective.evaluate(to_variable(problem.content, problem.recipe.variable))
    closeness = any_engine.closeness
    assert there.loss <= closeness.loss**2 * away.loss
    assert np.abs(there.gradient).max() <= closeness.gradient * np.abs(away.gradient).max()
