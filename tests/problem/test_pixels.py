"""Pixels to variable to network input: by hand, and back."""

import numpy as np
import pytest

from backpaint.presets import load_preset, preset_names
from backpaint.problem.pixels import network_input_map, to_pixels, to_variable
from backpaint.reference.preprocess import preprocess_forward
from backpaint.weights import OXFORD, TORCHVISION

PIXEL = np.array([[[10.0, 20.0, 30.0]]])


def network_sees(preset, normalization):
    recipe = load_preset(preset)
    seen = network_input_map(recipe, normalization)
    x = to_variable(PIXEL, recipe.variable)
    return preprocess_forward(x, seen.scale, seen.offset, seen.order)[0, 0]


@pytest.mark.parametrize("preset", preset_names())
def test_pixels_come_back(preset, noise):
    variable = load_preset(preset).variable
    back = to_pixels(to_variable(noise, variable), variable)
    np.testing.assert_allclose(back, noise, rtol=0, atol=1e-12 * 255)


@pytest.mark.parametrize(
    ("preset", "normalization", "expected"),
    [
        ("gatys", OXFORD, [30 - 103.939, 20 - 116.779, 10 - 123.68]),
        ("tf-tutorial", OXFORD, [30 - 103.939, 20 - 116.779, 10 - 123.68]),
        # B, G, R weights fed R, G, B, with the means of red and blue exchanged:
        ("tf-vgg16-lbfgs", OXFORD, [10 - 103.939, 20 - 116.779, 30 - 123.68]),
        ("pytorch-tutorial-0.3", TORCHVISION, [10 / 255, 20 / 255, 30 / 255]),
        ("pytorch-tutorial", TORCHVISION,
         [(10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (30 / 255 - 0.406) / 0.225]),
        ("pytorch-adam", OXFORD, [30 - 103.939, 20 - 116.779, 10 - 123.68]),
        ("caffe-content", OXFORD, [30 - 104, 20 - 116, 10 - 122]),
        ("jcjohnson", OXFORD,
         [30 / 255 * 256 - 103.939, 20 / 255 * 256 - 116.779, 10 / 255 * 256 - 123.68]),
    ],
)  # fmt: skip
def test_what_the_network_sees_of_one_pixel(preset, normalization, expected):
    np.testing.assert_allclose(network_sees(preset, normalization), expected, rtol=1e-12)
