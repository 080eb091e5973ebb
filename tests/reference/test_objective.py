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
from backpaint.vgg_weights import VGGWeights
from backpaint.weights import load_weights

from ..problems import everything, make_problem, start
from ..tolerances import DIRECTIONAL_DERIVATIVE, STEP, WHOLE_GRADIENT
from .thin import thin_weights

Close = Callable[..., None]
DOUBLE = WHOLE_GRADIENT["float64"]

PLAIN = {"style.match_area": False}


def preset_problem(name: str, weights: VGGWeights) -> Problem:
    return make_problem(name, (21, 17), ((19, 22),), weights=weights)


def thin_problem(recipe: Recipe, shares: tuple[float, ...] = (0.7, 0.3)) -> Problem:
    """Take one style for each share, and nothing of the same size."""
    styles = ((19, 22), (16, 16))[: len(shares)]
    return make_problem(recipe, (21, 17), styles, shares, thin_weights())


def consistent(recipe: Recipe) -> Recipe:
    """Change a recipe so that it reports the function whose gradient it gives, weights aside."""
    changes: dict[str, Any] = {}
    if recipe.content:
        changes |= {"content.l1_epsilon": None, "content.reported": "objective"}
    if recipe.style:
        changes |= {"style.l1_epsilon": None, "style.root_backward": "steps"}
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
    """Compare along a random direction with the gradient's signs, so that parts do not cancel.

    No function has the gradient that an equation gives for a root that was cut off.
    """
    style = problem.recipe.style
    if style and style.root_backward == "equation":
        problem = replace(problem, recipe=consistent(problem.recipe))
    objective = ReferenceObjective(problem)
    x = start(problem)
    gradient = objective.evaluate(x).gradient
    one_level = np.ptp(to_variable(np.array([[0.0] * 3, [1.0] * 3]), problem.recipe.variable))
    v = np.copysign(np.random.default_rng(5).uniform(0, one_level, x.shape), gradient)
    step = smooth_step(partial(piece, objective), x, v, STEP, STEP / 1000)
    assert step > 0, "a kink within any step"
    loss = objective_behind(objective, x)
    slope = (loss(x + step * v) - loss(x - step * v)) / (2 * step)
    close(problem.recipe.name, slope, np.sum(gradient * v), DIRECTIONAL_DERIVATIVE)


@pytest.mark.parametrize("name", preset_names())
def test_directional_derivative_of_a_thin_network(name, close):
    depth = 16 if load_preset(name).weights == "vgg16" else 19
    compare_with_difference(preset_problem(name, thin_weights(depth)), close)


QUICK = ("pytorch-tutorial", "tf-vgg16-lbfgs", "andersbll")
"""Layers that end early, all of VGG-16, all of VGG-19 with gradients divided by their length; slow:
all others, as they are against autograd with real weights, but for three others
(`tests/presets/test_against_pytorch.py`)."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in preset_names()],
)
def test_directional_derivative(name, close):
    compare_with_difference(preset_problem(name, load_weights(load_preset(name).weights)), close)


def test_agrees_with_autograd(close):
    """Two styles of two sizes, a layer in two terms, before and after a ReLU, all three terms."""
    pytest.importorskip("torch", reason="PyTorch is the judge: pip install '.[crosscheck]'")
    from . import torch_network

    problem = thin_problem(everything(**PLAIN))
    x = start(problem)
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
    content, *styles = (
        features(judge.leaf(to_variable(pixels, recipe.variable)))
        for pixels in (problem.content, *problem.styles)
    )
    terms = {}
    for layer, weight in recipe.content.layers.items():
        squares = ((ours[layer] - content[layer]) ** 2).sum()
        terms[f"content {layer}"] = recipe.content.weight * weight * squares / 2
    for layer, weight in recipe.style.layers.items():
        squares = sum(
            share * ((gram(ours[layer]) - gram(style[layer])) ** 2).sum()
            for share, style in zip((0.7, 0.3), styles, strict=True)
        )
        channels = ours[layer].shape[1]
        terms[f"style {layer}"] = recipe.style.weight * weight * squares / (4 * channels**2)
    squares = sum((leaf.diff(dim=axis) ** 2).sum() for axis in (0, 1))
    terms["total variation"] = recipe.total_variation.weight * squares
    sum(terms.values()).backward()
    return {name: value.item() for name, value in terms.items()}, leaf.grad.numpy()


def test_the_pictures_own_size_is_a_divisor():
    """Keras's example divides by 4 * 3^2 * (rows * columns)^2 of the picture at every layer."""
    style = {"weight": 1.0, "gram_divisor": "1", "layers": {"pool1": 1.0}}
    plain = thin_problem(everything(style={**style, "divisor": "1"}))
    divided = thin_problem(everything(style={**style, "divisor": "36 P^2"}))
    x = start(plain)
    undivided = ReferenceObjective(plain).evaluate(x).terms["style pool1"]
    found = ReferenceObjective(divided).evaluate(x).terms["style pool1"]
    assert found == pytest.approx(undivided / (4 * 9 * (21 * 17) ** 2), rel=1e-14)


def test_style_is_scaled_to_the_area_of_the_layer():
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
    problem = thin_problem(recipe, shares=(1.0,))
    objective = ReferenceObjective(problem)
    x = to_variable(problem.styles[0], recipe.variable)
    f = objective.network.forward(x, ("pool1",))["pool1"].reshape(-1, 4)
    assert f.shape[0] == 10 * 11  # of the style, 19 x 22; the picture's 21 x 17 become 11 x 9
    target = objective.style_targets[0]["pool1"]
    np.testing.assert_allclose(target, f.T @ f * (11 * 9) / (10 * 11), rtol=1e-12)
