"""Layers and scales of each style by itself, and what is refused of them."""

from types import MappingProxyType

import numpy as np
import pytest

from backpaint import recipe
from backpaint.cpu import CPUObjective
from backpaint.errors import UsageError
from backpaint.painting.prepare import prepare
from backpaint.weights import load_weights

from ..problems import pixels

CONTENT, STYLES = pixels(24, 20, 0), [pixels(26, 22, 1), pixels(20, 30, 2)]
SHALLOW = {"content.layers": {"relu2_1": 1.0}, "style.layers": {"relu1_1": 1.0, "relu2_1": 0.5}}


def prepared(styles=STYLES, changes=None, **options):
    made = recipe("gatys", size=20, changes=SHALLOW | (changes or {}))
    return prepare(made, load_weights("vgg19"), CONTENT, styles, **options)


def test_each_style_has_its_scale():
    done = prepared(scales=np.array([0.5, 2], np.float32))
    assert [style.shape for style in done.problem.styles] == [(10, 8, 3), (27, 40, 3)]
    assert done.style_scales == (0.5, 2.0)
    assert prepared().style_scales is None


def test_each_style_has_its_layers():
    tables = [MappingProxyType({"relu1_1": 2}), {"relu2_1": 0.25, "relu1_2": 1}]
    problem = prepared(layers=tables).problem
    assert problem.layers_of_styles == ({"relu1_1": 2.0}, {"relu2_1": 0.25, "relu1_2": 1.0})
    evaluation = CPUObjective(problem).evaluate(pixels(20, 17, 5))
    styled = {name for name in evaluation.terms if name.startswith("style")}
    assert styled == {"style relu1_1", "style relu2_1", "style relu1_2"}


@pytest.mark.parametrize("shallowest", [1.0, -0.1])
def test_one_table_or_scale_for_all_is_the_recipes(shallowest):
    layers = SHALLOW["style.layers"] | {"relu1_1": shallowest}
    one = prepared(changes={"images.style_scale": 0.5, "style.layers": layers}).problem
    each = prepared(scales=(0.5, 0.5), layers=[layers] * 2).problem
    start = pixels(20, 17, 5)
    assert CPUObjective(one).evaluate(start).loss == CPUObjective(each).evaluate(start).loss


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scales": [1.0]}, "2 styles came with 1 scale; give one scale for each style"),
        ({"scales": [1, 0]}, r"style scales are \[1.0, 0.0\]; expected finite numbers above 0"),
        ({"scales": "12"}, "expected a list of numbers"),
        ({"layers": [{"relu1_1": 1}]}, "2 styles came with 1 table of layers; give one table"),
        ({"layers": {"relu1_1": 1}}, "expected a list with a table for each style"),
        ({"layers": 3}, "expected a list with a table for each style"),
        ({"layers": [{"relu1_1": np.inf}, {}]}, "expected finite weights"),
        ({"layers": [{"relu1_1": "x"}, {}]}, "expected a list of numbers"),
        ({"layers": [{"relu9_1": 1}, {}]}, "layer relu9_1.* is not in"),
        (
            {"scales": [1, 2], "changes": {"images.style": "content"}},
            "images.style is 'content', which gives the styles a size that no scale changes",
        ),
    ],
)
def test_what_does_not_fit_the_styles_is_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        prepared(**options)
