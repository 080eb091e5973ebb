import numpy as np
import pytest

from backpaint.reference.linear import (
    linear_backward_bias,
    linear_backward_input,
    linear_backward_weights,
    linear_forward,
)

X = np.array([1.0, 2.0])
W = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
GRAD_Y = np.array([1.0, 0.0, -1.0])


def test_by_hand():
    np.testing.assert_array_equal(linear_forward(X, W, np.array([0.5, 0.0, -1.0])), [21.5, 42, 62])
    np.testing.assert_array_equal(linear_backward_input(GRAD_Y, W), [-2, -20])
    np.testing.assert_array_equal(linear_backward_weights(GRAD_Y, X), [[1, 0, -1], [2, 0, -2]])
    np.testing.assert_array_equal(linear_backward_bias(GRAD_Y), GRAD_Y)


def test_lengths_must_fit():
    with pytest.raises(ValueError, match=r"x has the shape \(3,\); expected \(2\)"):
        linear_forward(np.zeros(3), W, np.zeros(3))
    with pytest.raises(ValueError, match=r"b has the shape \(2,\); expected \(3\)"):
        linear_forward(X, W, np.zeros(2))
    with pytest.raises(ValueError, match=r"grad_y has the shape \(2,\); expected \(3\)"):
        linear_backward_input(np.zeros(2), W)
    with pytest.raises(ValueError, match=r"x has the shape \(1, 2\); expected \(any\)"):
        linear_backward_weights(GRAD_Y, X[np.newaxis])
