"""Both networks backward: against the slope along a direction, and against autograd."""

import numpy as np
import pytest

from backpaint.fast.architecture import (
    CONTRACTIONS,
    EXPANSIONS,
    RESIDUALS,
    predictor,
    transformer,
)
from backpaint.fast.style_norm import EPSILON
from backpaint.fast.weights import load_weights

STEP = 1e-6
"""A longer one crosses ReLUs."""
TOLERANCE = 1e-7


@pytest.fixture(scope="module")
def weights():
    return load_weights(np.float64)


@pytest.fixture(scope="module")
def case(weights):
    """A content, a style, what comes from behind, and both gradients."""
    rng = np.random.default_rng(0)
    x, style = rng.random((16, 20, 3)), 0.3 * rng.normal(size=100)
    network, grad_style = transformer(weights), np.zeros(100)
    y, kept = network.forward(x, style)
    grad_y = rng.normal(size=y.shape)
    grad_x = network.backward(grad_y, kept, grad_style)
    return network, x, style, grad_y, grad_x, grad_style


def slope(loss, v):
    return (loss(STEP * v) - loss(-STEP * v)) / (2 * STEP)


def along(gradient):
    """Draw a direction with the gradient's signs, so that its parts do not cancel."""
    return np.copysign(np.random.default_rng(7).uniform(0.5, 1.5, gradient.shape), gradient)


def test_the_content_s_gradient_is_the_slope(case):
    network, x, style, grad_y, grad_x, _ = case
    v = along(grad_x)
    found = slope(lambda moved: np.sum(network.run(x + moved, style) * grad_y), v)
    assert found == pytest.approx(np.sum(grad_x * v), rel=TOLERANCE)


def test_the_gradient_of_the_100_numbers_is_the_slope(case):
    network, x, style, grad_y, _, grad_style = case
    v = along(grad_style)
    found = slope(lambda moved: np.sum(network.run(x, style + moved) * grad_y), v)
    assert found == pytest.approx(np.sum(grad_style * v), rel=TOLERANCE)


def test_the_style_picture_s_gradient_is_the_slope(weights):
    """At an odd size, where borders are uneven."""
    network, rng = predictor(weights), np.random.default_rng(0)
    x = rng.random((37, 46, 3))
    y, kept = network.forward(x, np.zeros(0))
    grad_y = rng.normal(size=y.shape)
    gradient = network.backward(grad_y, kept, np.zeros(0))
    v = along(gradient)
    found = slope(lambda moved: np.sum(network.run(x + moved, np.zeros(0)) * grad_y), v)
    assert found == pytest.approx(np.sum(gradient * v), rel=TOLERANCE)


def test_both_gradients_are_autograd_s(case, weights):
    torch = pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")
    from ..reference import twins

    _, x, style, grad_y, grad_x, grad_style = case
    content, numbers = (torch.tensor(value, requires_grad=True) for value in (x, style))
    layers = {name: [*map(torch.tensor, layer)] for name, layer in weights.layers.items()}
    y = painted(twins, layers, content, numbers)
    y.backward(torch.tensor(grad_y))
    for found, expected in ((grad_x, content.grad), (grad_style, numbers.grad)):
        expected = expected.numpy()
        assert np.abs(found - expected).max() <= 1e-10 * np.abs(expected).max()


def painted(twins, layers, x, style):
    """Write the transformer down once more, in PyTorch."""

    def conv(x, name, border, stride=1):
        padded = twins.reflection_pad_forward(x, border)
        return twins.strided_conv_forward(padded, *layers[name], stride)

    def normalized(x, name, border):
        gamma, beta = (
            style @ layers[f"{name}/{part}"][0][0, 0] + layers[f"{name}/{part}"][1]
            for part in ("gamma", "beta")
        )
        return twins.instance_norm_forward(conv(x, name, border), gamma, beta, EPSILON)

    for name, border, stride in CONTRACTIONS:
        x = twins.relu_forward(conv(x, name, border, stride))
    for name in RESIDUALS:
        inside = twins.relu_forward(normalized(x, f"{name}/conv1", 1))
        x = x + normalized(inside, f"{name}/conv2", 1)
    for name, border, doubles in EXPANSIONS:
        x = twins.upsample_forward(x, 2) if doubles else x
        x = normalized(x, name, border)
        x = twins.relu_forward(x) if doubles else twins.sigmoid_forward(x)
    return x
