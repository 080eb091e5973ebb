"""NaN and infinity: every engine names the place where they began, in the same words."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.weights import load_weights

from ..problems import make_problem, one_block, start
from .table import each

SHAPE, STYLES = (6, 7), ((5, 8),)


def place_of(any_engine, recipe, x_of=start, weights=None):
    problem = make_problem(recipe, SHAPE, STYLES, weights=weights)
    return any_engine.build(problem).first_non_finite(x_of(problem))


@each
def test_picture_and_what_comes_after_it(any_engine):
    problem = make_problem(one_block(), SHAPE, STYLES)
    objective, x = any_engine.build(problem), start(problem)
    first = objective.evaluate(x)
    for value in (np.nan, -np.inf):
        broken = x.copy()
        broken[3, 4, 1] = value
        assert not np.isfinite(objective.evaluate(broken).loss)
        assert objective.first_non_finite(broken) == "the picture itself"
    again = objective.evaluate(x)
    assert again.terms == first.terms
    assert np.array_equal(again.gradient, first.gradient)


@pytest.mark.parametrize(("layer", "value"), [("conv1_1", np.inf), ("conv1_2", np.nan)])
@each
def test_layer(any_engine, layer, value):
    weights = load_weights("vgg19")
    bias = weights.biases[layer].copy()
    bias[1] = value
    weights = replace(weights, biases=weights.biases | {layer: bias})
    assert place_of(any_engine, one_block(), weights=weights) == f"layer {layer}"


@each
def test_layer_that_overflows(any_engine):
    def huge(problem):
        x = start(problem)
        return x / x.max() * float(np.finfo(any_engine.dtype).max) / 100

    recipe = one_block(variable={"scale": 1e-6})  # the first layer takes that back
    assert place_of(any_engine, recipe, huge) == "layer conv1_1"


@each
def test_term_that_overflows(any_engine):
    changes = {"style.weight": 1e290, "style.layers.pool1": 1e18, "total_variation": None}
    assert place_of(any_engine, one_block(**changes)) == "the term style pool1"


@each
def test_gradient_that_overflows(any_engine):
    weight, scale = (1e38, 1.0) if any_engine.dtype is np.float32 else (1e250, 1e-100)
    changes = {"variable": {"scale": scale}, "content.weight": weight}
    problem = make_problem(one_block(**changes, style=None, total_variation=None), SHAPE)
    objective, x = any_engine.build(problem), start(problem)
    evaluation = objective.evaluate(x)
    assert np.isfinite(evaluation.loss)
    assert not np.isfinite(evaluation.gradient).all()
    assert objective.first_non_finite(x) == "the gradient on its way back to the picture"
