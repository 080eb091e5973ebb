"""The terms of a recipe that look at the picture alone, in every engine, on whole problems."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.check.recipe_twin import recipe_gradient
from backpaint.cpu import CPUObjective
from backpaint.engine.objective import Evaluation
from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.presets import load_preset, with_changes
from backpaint.problem.pixels import to_variable
from backpaint.problem.recipe import Laplacian
from backpaint.reference.objective import ReferenceObjective
from backpaint.reference.picture_terms import laplacian_term
from backpaint.views.single_terms import evaluate_terms

from ..problems import pixels, start
from ..tolerances import SINGLE, STEP, WHOLE_GRADIENT, assert_agree, assert_close
from .seams import SHAPE, assert_same_bits, problem_of, recipe_of

UNITS = {"variable": {"scale": 0.5, "mean": (60.0, 50.0, 40.0), "std": (2.0, 1.0, 0.5)}}
PENALTIES = {
    "laplacian": {"laplacian": {"weight": 70.0, "pools": [1, 3]}},
    "range": {"range": {"weight": 2e5, "power": 6.0}},
    "both": {
        "laplacian": {"weight": 70.0, "pools": [2]},
        "range": {"weight": 2e5, "power": 3.0},
        "total_variation": {"weight": 3.0, "kind": "squared"},
    },
}
each = pytest.mark.parametrize("changes", PENALTIES.values(), ids=PENALTIES)


def with_penalties(changes):
    return problem_of(recipe_of(**changes, **UNITS))


@each
def test_autograd_agrees(changes):
    pytest.importorskip("torch", reason="PyTorch is the judge: pip install '.[crosscheck]'")
    from backpaint.check.libraries.torch import Torch

    problem = with_penalties(changes)
    x = start(problem)
    loss, gradient = recipe_gradient(Torch(), problem, x)
    found = ReferenceObjective(problem).evaluate(x)
    assert_close("loss", found.loss, loss, WHOLE_GRADIENT["float64"])
    assert_close("gradient", found.gradient, gradient, WHOLE_GRADIENT["float64"])


def test_a_picture_has_no_other_edges_than_its_own():
    content = pixels(*SHAPE, 3)
    loss, gradient = laplacian_term(content, content, Laplacian(weight=70.0, pools=(1, 3)))
    assert loss == 0
    assert not gradient.any()


@each
def test_the_engine_cpu_agrees(changes):
    problem = with_penalties(changes)
    found = CPUObjective(problem, threads=2).evaluate(start(problem))
    assert_agree(found, ReferenceObjective(problem).evaluate(start(problem)), SINGLE)
    names = ["total variation", "laplacian", "range"]
    assert list(found.terms)[3:] == [name for name in names if name in found.terms]


@each
def test_directional_derivative(changes):
    objective = ReferenceObjective(with_penalties(changes | {"style": None}))
    x = start(objective.problem)
    gradient = objective.evaluate(x).gradient
    v = np.copysign(np.random.default_rng(3).uniform(0.5, 1, x.shape), gradient)
    ahead, behind = (objective.evaluate(x + step * v).loss for step in (STEP, -STEP))
    assert_close("slope", (ahead - behind) / (2 * STEP), np.sum(gradient * v), 1e-7)


def test_black_and_white_are_at_distance_1_in_any_units():
    problem = with_penalties({"range": {"weight": 1.0, "power": 6.0}})
    for level, each_value in ((0.0, 1.0), (255.0, 1.0), (127.5, 0.0), (382.5, 64.0)):
        x = to_variable(np.full((*SHAPE, 3), level), problem.recipe.variable)
        found = ReferenceObjective(problem).evaluate(x).terms["range"]
        assert found == pytest.approx(each_value * x.size, rel=1e-12, abs=1e-80)


@pytest.mark.parametrize("build", [ReferenceObjective, CPUObjective])
def test_another_content_has_other_edges(build):
    problem = with_penalties(PENALTIES["laplacian"])
    other = pixels(*SHAPE, 20)
    found = build(problem).with_content(other).evaluate(start(problem))
    expected = build(replace(problem, content=other)).evaluate(start(problem))
    assert found.terms["laplacian"] == expected.terms["laplacian"]
    assert np.array_equal(found.gradient, expected.gradient)


@pytest.mark.parametrize("build", [ReferenceObjective, CPUObjective])
def test_cells_of_a_sheet_share_their_targets(build):
    problem, plain = with_penalties(PENALTIES["both"]), with_penalties({})
    shared = build(plain).with_problem(problem)
    assert shared is not None
    assert_same_bits(shared.evaluate(start(problem)), build(problem).evaluate(start(problem)))


def test_single_terms_add_up():
    from backpaint import Reference

    problem = with_penalties(PENALTIES["both"])
    engine, x = Reference(dtype="float64"), start(problem)
    whole: Evaluation = engine.build(problem).evaluate(x)
    parts = dict(evaluate_terms(problem, engine, x))
    assert list(parts) == list(whole.terms)
    assert_close("gradient", sum(part.gradient for part in parts.values()), whole.gradient, 1e-12)


@pytest.mark.parametrize("name", ["laplacian", "range"])
def test_the_engine_gpu_refuses_them_by_name(name):
    with pytest.raises(UsageError, match=rf"no kernel for the term \[{name}\]; choose engine cpu"):
        GPUObjective(with_penalties(PENALTIES[name]))


def test_edges_need_a_content():
    recipe = with_changes(recipe_of(), {"content": None, **PENALTIES["laplacian"]})
    with pytest.raises(UsageError, match=r"compares edges with the content .* set laplacian=off"):
        replace(problem_of(recipe_of()), recipe=recipe, content=None)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"laplacian": {"weight": 1.0, "pools": []}}, "laplacian.pools is empty; expected sides"),
        (
            {"laplacian": {"weight": 1.0, "pools": [0]}},
            r"found \[0\], expected a list, each entry a whole",
        ),
        (
            {"range": {"weight": 1.0, "power": 1.5}},
            "found 1.5, expected a number of at least 2 and at",
        ),
        ({"range": {"weight": -1.0}}, "found -1.0, expected a number of at least 0"),
    ],
)
def test_what_means_nothing_is_refused(changes, sentence):
    with pytest.raises(UsageError, match=sentence):
        with_changes(load_preset("gatys"), changes)
