import numpy as np
import pytest

from backpaint.reference.overlapping_average_pool import (
    overlapping_average_pool_backward,
    overlapping_average_pool_forward,
)

# Windows around 1, 9, -5 and -7; each has four pixels inside.
X = np.array([[1.0, 2.0, 9.0], [4.0, 3.0, -1.0], [-5.0, -6.0, -7.0]])[:, :, np.newaxis]
SUMS = np.array([[10.0, 13.0], [-4.0, -11.0]])


def test_forward_by_hand():
    pooled = overlapping_average_pool_forward(X, count_padding=False)[:, :, 0]
    np.testing.assert_array_equal(pooled, SUMS / 4)
    pooled = overlapping_average_pool_forward(X, count_padding=True)[:, :, 0]
    np.testing.assert_array_equal(pooled, SUMS / 9)


def test_backward_by_hand():
    grad_y = np.array([[36.0, 72.0], [108.0, 144.0]])[:, :, np.newaxis]
    # Parts of 9, 18, 27, 36: corners lie in one window, sides in two, the center in all four.
    grad_x = overlapping_average_pool_backward(grad_y, X, count_padding=False)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[9, 27, 18], [36, 90, 54], [27, 63, 36]])
    grad_x = overlapping_average_pool_backward(grad_y, X, count_padding=True)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[4, 12, 8], [16, 40, 24], [12, 28, 16]])


def test_a_flat_picture_stays_flat():
    assert (overlapping_average_pool_forward(np.full((5, 4, 2), 0.75), False) == 0.75).all()


@pytest.mark.parametrize("shape", [(3, 2, 1), (2, 3, 1), (2, 2, 2)])
def test_gradient_of_another_size_is_refused(shape):
    with pytest.raises(ValueError, match=r"grad_y has the shape .*; expected \(2, 2, 1\)"):
        overlapping_average_pool_backward(np.zeros(shape), X, False)
