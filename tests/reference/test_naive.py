"""The loops by hand: everything else is held to them."""

import numpy as np
import pytest

from backpaint.reference import naive

X = np.array([[1.0, 2.0, 9.0], [4.0, 3.0, -1.0], [-5.0, -6.0, -7.0]])[:, :, np.newaxis]
GRAD_Y = np.array([[36.0, 72.0], [108.0, 144.0]])[:, :, np.newaxis]


def plane(values: list[list[float]]) -> np.ndarray:
    return np.array(values, np.float64)[:, :, np.newaxis]


def test_conv():
    w = np.arange(1.0, 10.0).reshape(3, 3, 1, 1)
    x = plane([[1, 2], [3, 4]])
    y = naive.conv_forward(x, w, np.array([0.5]))
    # 1*5 + 2*6 + 3*8 + 4*9 = 77, 1*4 + 2*5 + 3*7 + 4*8 = 67, 1*2 + 2*3 + 3*5 + 4*6, 1 + 4 + 12 + 20
    np.testing.assert_array_equal(y, plane([[77.5, 67.5], [47.5, 37.5]]))
    grad_x, grad_w, grad_b = naive.conv_backward(plane([[1, 0], [0, 2]]), x, w)
    np.testing.assert_array_equal(grad_x, plane([[5 + 2, 6 + 4], [8 + 8, 9 + 10]]))
    np.testing.assert_array_equal(
        grad_w[:, :, 0, 0], [[2 * 1, 2 * 2, 0], [2 * 3, 1 + 2 * 4, 2], [0, 3, 4]]
    )
    np.testing.assert_array_equal(grad_b, [3])


def test_max_pool():
    np.testing.assert_array_equal(naive.max_pool_forward(X, "floor"), plane([[4]]))
    np.testing.assert_array_equal(naive.max_pool_forward(X, "ceil"), plane([[4, 9], [-5, -7]]))
    grad_x = naive.max_pool_backward(GRAD_Y, X, "ceil")
    np.testing.assert_array_equal(grad_x, plane([[0, 0, 72], [36, 0, 0], [108, 0, 144]]))


def test_average_pool():
    np.testing.assert_array_equal(naive.average_pool_forward(X, "floor"), plane([[2.5]]))
    expected = plane([[2.5, 4], [-5.5, -7]])
    np.testing.assert_array_equal(naive.average_pool_forward(X, "ceil"), expected)
    grad_x = naive.average_pool_backward(GRAD_Y, X, "ceil")
    np.testing.assert_array_equal(grad_x, plane([[9, 9, 36], [9, 9, 36], [54, 54, 144]]))


@pytest.mark.parametrize(("count_padding", "count"), [(False, 4), (True, 9)])
def test_overlapping_average_pool(count_padding, count):
    y = naive.overlapping_average_pool_forward(X, count_padding)
    np.testing.assert_array_equal(y, plane([[10, 13], [-4, -11]]) / count)
    grad_x = naive.overlapping_average_pool_backward(GRAD_Y, X, count_padding)
    parts = plane([[36, 108, 72], [144, 360, 216], [108, 252, 144]])
    np.testing.assert_array_equal(grad_x, parts / count)


def test_gram():
    """Two positions, two channels: (1, 3) and (2, 5), which count 1 and 0.5."""
    x = np.array([[[1.0, 3.0], [2.0, 5.0]]])
    gram = naive.gram_forward(x, 4.0, np.array([[1.0, 0.5]]))
    np.testing.assert_array_equal(gram, np.array([[1 + 2, 3 + 5], [3 + 5, 9 + 12.5]]) / 4)
