"""Whole objectives: every preset's loss is the function that its gradient belongs to."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from backpaint.check.operations.kinks import difference_signs, network_piece, smooth_step
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.problem.pixels import network_input_map, to_variable
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.reference.objective import ReferenceObjective
from backpaint.weights import load_weights

from ..tolerances import DIRECTIONAL_DERIVATIVE, STEP, WHOLE_GRADIENT
from .problems import preset_problem, small_problem, variable

Close = Callable[..., None]
DOUBLE, SINGLE = WHOLE_GRADIENT["float64"], WHOLE_GRADIENT["float32"]

# Everything at once: a layer in both terms, before and after a ReLU, and all three terms.
CHANGES = {
    "variable": {"scale": 0.5, "mean": (60.0, 50.0, 40.0), "std": (2.0, 1.0, 0.5)},
    "network": {"pool": "max", "edge": "ceil"},
    "content": {"weight": 5.0, "divisor": "2", "layers": {"relu2_1": 0.5, "conv3_1": 2.0}},
    "style": {
        "weight": 3.0,
        "gram_divisor": "M",
        "divisor": "4 C^2",
        "layers": {"relu2_1": 0.25, "pool1": 1.5},
    },
    "total_variation": {"weight": 0.1, "kind": "squared"},
}


def everything(**changes: Any) -> Recipe:
    return with_changes(load_preset("gatys"), CHANGES | changes)


def consistent(recipe: Recipe) -> Recipe:
    """Change a recipe so that it reports the function whose gradient it gives, weights aside."""
    changes: dict[str, Any] = {}
    if recipe.content:
        changes |= {"content.l1_epsilon": None, "content.reported": "objective"}
    if recipe.style:
        changes |= {"style.l1_epsilon": None}
    if recipe.total_variation:
        changes |= {"total_variation.reported": True}
    return with_changes(recipe, changes)


def objective_behind(objective: ReferenceObjective, x: Any) -> Callable[[Any], float]:
    """Give the function whose gradient an objective returns at x.

    Where the gradient of a term is divided by its own length, that divisor counts as a constant:
    here it is the ratio of the term with and without it, at x.
    """
    problem = objective.problem
    recipe = problem.recipe
    if recipe.is_consistent:
        return lambda moved: objective.evaluate(moved).loss
    plain = ReferenceObjective(replace(problem, recipe=consistent(recipe)))
    divided = {"content": recipe.content, "style": recipe.style}
    given, undivided = objective.evaluate(x).terms, plain.evaluate(x).terms
    factors = {
        name: given[name] / undivided[name]
        for name in given
        if getattr(divided.get(name.split()[0]), "l1_epsilon", None) is not None
    }

    def loss(moved: Any) -> float:
        terms = plain.evaluate(moved).terms
        return sum(factors.get(name, 1.0) * value for name, value in terms.items())

    return loss


def piece(objective: ReferenceObjective, x: Any) -> bytes:
    """Tell on which smooth piece a picture lies."""
    variation = objective.problem.recipe.total_variation
    absolute = variation is not None and variation.kind == "absolute"
    return network_piece(objective.network, x) + (difference_signs(x) if absolute else b"")


def compare_with_difference(problem: Problem, close: Close) -> None:
    """Compare along a random direction with the gradient's signs, so that parts do not cancel."""
    objective = ReferenceObjective(problem)
    x = variable(problem)
    gradient = objective.evaluate(x).gradient
    one_level = np.ptp(to_variable(np.array([[0.0] * 3, [1.0] * 3]), problem.recipe.variable))
    v = np.copysign(np.random.default_rng(5).uniform(0, one_level, x.shape), gradient)
    step = smooth_step(partial(piece, objective), x, v, STEP, STEP / 1000)
    assert step > 0, "a kink within any step"
    loss = objective_behind(objective, x)
    slope = (loss(x + step * v) - loss(x - step * v)) / (2 * step)
    close(problem.recipe.name, slope, np.sum(gradient * v), DIRECTIONAL_DERIVATIVE)


@pytest.mark.parametrize("name", preset_names())
def test_directional_derivative_of_a_thin_network(name: str, close: Close) -> None:
    compare_with_difference(preset_problem(name), close)


@pytest.mark.parametrize("name", preset_names())
def test_directional_derivative(name: str, close: Close) -> None:
    compare_with_difference(preset_problem(name, load_weights(load_preset(name).weights)), close)


@pytest.mark.parametrize("name", preset_names())
def test_float32(name: str, close: Close) -> None:
    problem = preset_problem(name)
    x = variable(problem)
    single = ReferenceObjective(problem, np.float32).evaluate(x)
    double = ReferenceObjective(problem).evaluate(x)
    close(f"{name}: loss", single.loss, double.loss, SINGLE)
    close(f"{name}: gradient", single.gradient, double.gradient, SINGLE)
    assert single.gradient.dtype == np.float64  # what optimizers take


@pytest.mark.parametrize("name", preset_names())
def test_loss_is_the_sum_of_its_terms(name: str) -> None:
    problem = preset_problem(name)
    evaluation = ReferenceObjective(problem).evaluate(variable(problem))
    recipe = problem.recipe
    names = [
        *(f"content {layer}" for layer in (recipe.content.layers if recipe.content else ())),
        *(f"style {layer}" for layer in (recipe.style.layers if recipe.style else ())),
        *(["total variation"] if recipe.total_variation else []),
    ]
    assert list(evaluation.terms) == names
    assert evaluation.loss == sum(evaluation.terms.values())
    assert all(isinstance(value, float) for value in evaluation.terms.values())


def test_agrees_with_autograd(close: Close) -> None:
    """Two styles of two sizes, a layer in two terms, before and after a ReLU, all three terms."""
    pytest.importorskip("torch", reason="PyTorch is the judge: pip install backpaint[crosscheck]")
    from . import torch_network

    problem = small_problem(everything())
    x = variable(problem)
    evaluation = ReferenceObjective(problem).evaluate(x)
    terms, gradient = autograd(torch_network, problem, x)
    assert evaluation.terms.keys() == terms.keys()
    for name, value in terms.items():
        close(name, evaluation.terms[name], value, DOUBLE)
    close("gradient", evaluation.gradient, gradient, DOUBLE)


def autograd(judge: ModuleType, problem: Problem, x: Any) -> tuple[dict[str, float], Any]:
    """Compute terms and gradient of `everything` in PyTorch, from the formulas."""
    recipe = problem.recipe
    input_map = network_input_map(recipe, problem.weights.normalization)
    network = judge.TorchNetwork(problem.layers, problem.weights, recipe.network, input_map)

    def features(picture: Any) -> dict[str, Any]:
        return {name: y.flatten(0, 1) for name, y in network.forward(picture).items()}

    def gram(f: Any) -> Any:
        return f.T @ f / f.shape[0]

    leaf = judge.leaf(x)
    ours = features(leaf)
    assert problem.content is not None
    content, *styles = (
        features(judge.leaf(to_variable(pixels, recipe.variable)))
        for pixels in (problem.content, *problem.styles)
    )
    terms = {
        f"content {layer}": 5.0 * share * ((ours[layer] - content[layer]) ** 2).sum() / 2
        for layer, share in (("relu2_1", 0.5), ("conv3_1", 2.0))
    }
    for layer, weight in (("relu2_1", 0.25), ("pool1", 1.5)):
        terms[f"style {layer}"] = sum(
            3.0
            * weight
            * share
            * ((gram(ours[layer]) - gram(style[layer])) ** 2).sum()
            / (4 * ours[layer].shape[1] ** 2)
            for share, style in zip((0.7, 0.3), styles, strict=True)
        )
    terms["total variation"] = 0.1 * sum((leaf.diff(dim=axis) ** 2).sum() for axis in (0, 1))
    sum(terms.values()).backward()
    return {name: value.item() for name, value in terms.items()}, leaf.grad.numpy()


def test_at_its_targets_an_objective_is_zero() -> None:
    recipe = everything(total_variation=None)
    problem = small_problem(recipe, shares=(1.0,))
    picture = problem.content
    assert picture is not None
    problem = replace(problem, styles=(picture,))
    x = to_variable(picture, recipe.variable)
    evaluation = ReferenceObjective(problem).evaluate(x)
    assert evaluation.loss == 0
    assert not evaluation.gradient.any()


@pytest.mark.parametrize("missing", ["content", "style", "total_variation"])
def test_a_term_can_be_missing(missing: str) -> None:
    problem = small_problem(everything())
    x = variable(problem)
    whole = ReferenceObjective(problem).evaluate(x)
    part = ReferenceObjective(small_problem(everything(**{missing: None}))).evaluate(x)
    prefix = missing.replace("_", " ")
    left = {name: value for name, value in whole.terms.items() if not name.startswith(prefix)}
    assert part.terms == pytest.approx(left, rel=1e-12)
    assert len(left) < len(whole.terms)


def test_the_pictures_own_size_is_a_divisor() -> None:
    """Keras's example divides by 4 * 3^2 * (rows * columns)^2 of the picture at every layer."""
    style = {"weight": 1.0, "gram_divisor": "1", "layers": {"pool1": 1.0}}
    plain = small_problem(everything(style={**style, "divisor": "1"}))
    divided = small_problem(everything(style={**style, "divisor": "36 P^2"}))
    x = variable(plain)
    undivided = ReferenceObjective(plain).evaluate(x).terms["style pool1"]
    found = ReferenceObjective(divided).evaluate(x).terms["style pool1"]
    assert found == pytest.approx(undivided / (4 * 9 * (21 * 17) ** 2), rel=1e-14)


def test_style_is_scaled_to_the_area_of_the_layer() -> None:
    """match_area with a divisor of 1: the target of a style of other size, by hand."""
    recipe = everything(
        style={
            "weight": 1.0,
            "gram_divisor": "1",
            "divisor": "1",
            "layers": {"pool1": 1.0},
            "match_area": True,
        }
    )
    problem = small_problem(recipe, shares=(1.0,))
    objective = ReferenceObjective(problem)
    x = to_variable(problem.styles[0], recipe.variable)
    f = objective.network.forward(x, ("pool1",))["pool1"].reshape(-1, 4)
    assert f.shape[0] == 10 * 11  # of the style, 19 x 22; the picture's 21 x 17 become 11 x 9
    target = objective.style_targets[0]["pool1"]
    np.testing.assert_allclose(target, f.T @ f * (11 * 9) / (10 * 11), rtol=1e-12)


def test_call_takes_and_gives_flat_arrays() -> None:
    problem = small_problem(everything())
    objective = ReferenceObjective(problem)
    x = variable(problem)
    loss, gradient = objective(x.ravel())
    evaluation = objective.evaluate(x)
    assert loss == evaluation.loss
    np.testing.assert_array_equal(gradient, evaluation.gradient.ravel())


def spoiled(**filters: float) -> ReferenceObjective:
    """Multiply the filters of some layers, in float32, when the targets are there."""
    objective = ReferenceObjective(small_problem(everything()), np.float32)
    for name, factor in filters.items():
        objective.network.filters[name] *= np.float32(factor)
    return objective


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_picture(value: float) -> None:
    objective = spoiled()
    x = variable(objective.problem)
    x[3, 4, 1] = value
    assert objective.first_non_finite(x) == "the picture itself"


@pytest.mark.parametrize("name", ["conv1_1", "conv2_1", "conv3_1"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_layer(name: str, value: float) -> None:
    objective = spoiled()
    objective.network.filters[name][1, 1, 0, 0] = value
    assert objective.first_non_finite(variable(objective.problem)) == f"layer {name}"


def test_layer_that_overflows() -> None:
    objective = spoiled(conv1_1=1e25, conv1_2=1e25)
    assert objective.first_non_finite(variable(objective.problem)) == "layer conv1_2"


def test_term_that_overflows() -> None:
    objective = spoiled(conv1_2=1e12)  # its fourth power is more than float32 can hold
    assert objective.first_non_finite(variable(objective.problem)) == "the term style relu2_1"


def test_gradient_that_overflows() -> None:
    recipe = everything(style=None)
    recipe = with_changes(recipe, {"content.weight": 1e38, "total_variation": None})
    objective = ReferenceObjective(small_problem(recipe), np.float32)
    x = variable(objective.problem)
    assert np.isfinite(objective.evaluate(x).loss)
    assert objective.first_non_finite(x) == "the gradient on its way back to the picture"
