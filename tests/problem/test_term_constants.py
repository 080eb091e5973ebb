"""The numbers of terms by hand: a picture of 6 x 4, styles of 4 x 4 and 10 x 3."""

import ast
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from backpaint.check import recipe_twin
from backpaint.presets import load_preset, with_changes
from backpaint.problem.problem import Problem
from backpaint.problem.term_constants import (
    ContentConstants,
    StyleConstants,
    content_constants,
    l1_factor,
    style_constants,
)
from backpaint.weights import load_weights


@pytest.fixture(scope="module")
def weights():
    return load_weights("vgg19")


def problem(weights, content=(), style=()):
    changes = {
        "network.edge": "ceil",
        "content": {"weight": 5.0, "divisor": "C M", "layers": {"pool1": 2.0}, **dict(content)},
        "style": {
            "weight": 3.0,
            "gram_divisor": "C M",
            "divisor": "4 C^2 M_style^2",
            "layers": {"relu1_1": 0.5, "pool1": 4.0},
            **dict(style),
        },
    }
    shapes = ((4, 4), (10, 3))
    return Problem(
        recipe=with_changes(load_preset("gatys"), changes),
        weights=weights,
        content=np.zeros((6, 4, 3)),
        styles=tuple(np.zeros((*shape, 3)) for shape in shapes),
        style_shares=(0.25, 0.75),
        shape=(6, 4),
    )


def test_content(weights):
    found = content_constants(problem(weights))
    assert found == {"pool1": ContentConstants("pool1", weight=10.0, divisor=64 * 3 * 2)}
    others = {"divisor": "2", "l1_epsilon": 0.5, "reported": "half-norm"}
    found = content_constants(problem(weights, content=others))
    assert found == {"pool1": ContentConstants("pool1", 10.0, 2.0, 0.5, "half-norm")}


def test_style_of_each_picture_and_layer(weights):
    first, second = style_constants(problem(weights))
    assert list(first) == list(second) == ["relu1_1", "pool1"]
    assert second["pool1"] == StyleConstants(
        layer="pool1",
        style=1,
        weight=3.0 * 4.0 * 0.75,
        divisor=4 * 64**2 * (5 * 2) ** 2,  # 10 x 3 is pooled to 5 x 2
        gram_divisor=64 * (3 * 2),
        target_gram_divisor=64 * (5 * 2),
        positions=3 * 2,
        style_positions=5 * 2,
    )
    assert first["relu1_1"].weight == 3.0 * 0.5 * 0.25
    assert first["relu1_1"].divisor == 4 * 64**2 * 16**2
    assert first["relu1_1"].style == 0


def test_areas_are_exact(weights):
    matched = {"match_area": True, "divisor": "36 P^2", "l1_epsilon": 0.0}
    first, second = style_constants(problem(weights, style=matched))
    assert first["relu1_1"].area == Fraction(24, 16)
    assert second["pool1"].area == Fraction(6, 10)
    assert float(second["pool1"].area) == 6 / 10
    assert float(1 / second["pool1"].area) == 10 / 6
    assert second["pool1"].divisor == 36 * (6 * 4) ** 2
    assert second["pool1"].l1_epsilon == 0.0


def test_without_a_term_there_are_no_numbers(weights):
    whole = problem(weights)
    recipe = with_changes(whole.recipe, {"content": None})
    assert content_constants(Problem(recipe, weights, None, whole.styles, (0.5, 0.5), (6, 4))) == {}
    recipe = with_changes(whole.recipe, {"style": None})
    assert style_constants(Problem(recipe, weights, whole.content, (), (), (6, 4))) == []


@pytest.mark.parametrize(
    ("total", "epsilon", "factor"),
    [(3.0, 1.0, 0.25), (0.0, 0.5, 2.0), (0.0, 0.0, 0.0), (3.0, None, 1.0), (math.inf, 1.0, 0.0)],
)
def test_l1_factor(total, epsilon, factor):
    assert l1_factor(total, epsilon) == factor


def test_the_twin_that_checks_them_does_not_use_them():
    files = Path(recipe_twin.__file__).parent.glob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    used = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert not {"problem.term_constants", "problem.divisors"} & used
    assert "problem.problem" in used
