"""3x3 convolution: by hand, and what must hold whatever the numbers."""

import numpy as np
import pytest

from backpaint.check.operations.sizes import SIZES
from backpaint.reference.conv import (
    conv_backward_bias,
    conv_backward_input,
    conv_backward_weights,
    conv_forward,
)

# Two rows, two columns; filters that tell each of the nine places from all others.
X = np.array([[1.0, 2.0], [3.0, 4.0]])[:, :, np.newaxis]
W = np.array([[1.0, 10.0, 100.0], [1e3, 1e4, 1e5], [1e6, 1e7, 1e8]])[:, :, np.newaxis, np.newaxis]


def test_forward_by_hand():
    # Top left: itself by the center 1e4, 2 to its right by 1e5, 3 below by 1e7, 4 diagonal by 1e8.
    expected = [
        [1e4 + 2e5 + 3e7 + 4e8 + 5, 1e3 + 2e4 + 3e6 + 4e7 + 5],
        [10 + 200 + 3e4 + 4e5 + 5, 1 + 20 + 3e3 + 4e4 + 5],
    ]
    np.testing.assert_array_equal(conv_forward(X, W, np.array([5.0]))[:, :, 0], expected)


def test_gradients_by_hand():
    # Only the top left output counts, with 2: it has seen the center and what is right and below.
    grad_y = np.array([[2.0, 0.0], [0.0, 0.0]])[:, :, np.newaxis]
    np.testing.assert_array_equal(conv_backward_input(grad_y, W)[:, :, 0], [[2e4, 2e5], [2e7, 2e8]])
    np.testing.assert_array_equal(
        conv_backward_weights(grad_y, X)[:, :, 0, 0], [[0, 0, 0], [0, 2, 4], [0, 6, 8]]
    )
    np.testing.assert_array_equal(conv_backward_bias(grad_y), [2])


def test_channels_by_hand():
    x = np.array([[[1.0, 2.0]]])
    w = np.zeros((3, 3, 2, 3))
    w[1, 1] = [[1, 2, 3], [10, 20, 30]]
    np.testing.assert_array_equal(
        conv_forward(x, w, np.array([100.0, 200, 300])), [[[121, 242, 363]]]
    )
    np.testing.assert_array_equal(conv_backward_input(np.array([[[1.0, 0, 2]]]), w), [[[7, 70]]])


@pytest.mark.parametrize("size", SIZES)
def test_filters_transposed_see_the_transposed_picture(size):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((size.height, size.width, size.channels))
    w = rng.standard_normal((3, 3, size.channels, size.channels_out))
    b = rng.standard_normal(size.channels_out)
    y = conv_forward(x, w, b)
    transposed = conv_forward(x.transpose(1, 0, 2), w.transpose(1, 0, 2, 3), b)
    np.testing.assert_allclose(transposed, y.transpose(1, 0, 2), rtol=0, atol=1e-13)
    turned = conv_forward(x[::-1, ::-1], w[::-1, ::-1], b)
    np.testing.assert_allclose(turned, y[::-1, ::-1], rtol=0, atol=1e-13)


def test_other_filter_sizes_are_refused():
    message = r"w has the shape \(5, 5, 1, 1\); expected \(3, 3, any, any\)"
    with pytest.raises(ValueError, match=message):
        conv_forward(X, np.zeros((5, 5, 1, 1)), np.zeros(1))


@pytest.mark.parametrize(
    ("x", "b", "message"),
    [
        ((2, 2, 2), (1,), r"x has the shape \(2, 2, 2\); expected \(any, any, 1\)"),
        ((2, 2, 1), (2,), r"b has the shape \(2,\); expected \(1\)"),
    ],
)
def test_channels_must_fit(x, b, message):
    with pytest.raises(ValueError, match=message):
        conv_forward(np.zeros(x), W, np.zeros(b))


@pytest.mark.parametrize("shape", [(2, 3, 1), (3, 2, 1)])
def test_weights_need_a_gradient_of_the_same_size(shape):
    with pytest.raises(ValueError, match=r"expected \(2, 2, any\)"):
        conv_backward_weights(np.zeros(shape), X)
