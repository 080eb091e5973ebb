import numpy as np
import pytest

from backpaint.reference.masked_squared_error import (
    masked_squared_error_backward,
    masked_squared_error_forward,
)
from backpaint.reference.squared_error import squared_error_backward, squared_error_forward

X, TARGET = np.array([[[1.0, 4.0], [7.0, 2.0]]]), np.array([[[3.0, 1.0], [6.0, 2.0]]])


def test_by_hand():
    mask = np.array([[0.25, 1.0]])
    assert masked_squared_error_forward(X, TARGET, mask) == (0.25 * (4 + 9) + 1) / 4
    grad_x = masked_squared_error_backward(8.0, X, TARGET, mask)
    np.testing.assert_array_equal(grad_x, [[[-2.0, 3.0], [4.0, 0.0]]])


def test_a_mask_of_ones_makes_it_the_mean_squared_error():
    ones = np.ones((1, 2))
    assert masked_squared_error_forward(X, TARGET, ones) == squared_error_forward(X, TARGET, 4)
    np.testing.assert_array_equal(
        masked_squared_error_backward(3.0, X, TARGET, ones),
        squared_error_backward(3.0, X, TARGET, 4),
    )


def test_nothing_counts_behind_a_mask_of_zeros():
    zeros = np.zeros((1, 2))
    assert masked_squared_error_forward(X, TARGET, zeros) == 0
    assert not masked_squared_error_backward(3.0, X, TARGET, zeros).any()


def test_the_mask_has_no_channels():
    with pytest.raises(ValueError, match="mask has the shape"):
        masked_squared_error_forward(X, TARGET, np.ones(X.shape))
