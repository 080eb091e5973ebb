import numpy as np
import pytest

from backpaint.reference.max_pool import max_pool_backward, max_pool_forward

X = np.array([[1.0, 2.0, 9.0], [4.0, 3.0, -1.0], [-5.0, -6.0, -7.0]])[:, :, np.newaxis]


def test_forward_by_hand():
    np.testing.assert_array_equal(max_pool_forward(X, "floor")[:, :, 0], [[4]])
    np.testing.assert_array_equal(max_pool_forward(X, "ceil")[:, :, 0], [[4, 9], [-5, -7]])


def test_backward_by_hand():
    one = max_pool_backward(np.array([[[8.0]]]), X, "floor")
    np.testing.assert_array_equal(one[:, :, 0], [[0, 0, 0], [8, 0, 0], [0, 0, 0]])
    grad_y = np.array([[1.0, 2.0], [3.0, 4.0]])[:, :, np.newaxis]
    every = max_pool_backward(grad_y, X, "ceil")
    np.testing.assert_array_equal(every[:, :, 0], [[0, 0, 2], [1, 0, 0], [3, 0, 4]])


@pytest.mark.parametrize("winner", [0, 1, 2, 3])
def test_of_equal_values_the_first_in_reading_order_wins(winner):
    x = np.full(4, 7.0)
    x[:winner] = 0.0  # all from the winner on are equally large
    grad_x = max_pool_backward(np.ones((1, 1, 1)), x.reshape(2, 2, 1), "floor")
    assert grad_x.ravel().tolist() == np.eye(4)[winner].tolist()


@pytest.mark.parametrize("edge", ["floor", "ceil"])
def test_every_gradient_arrives_once(edge):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (5, 7, 3)) * 1.0  # nothing but ties
    grad_y = rng.standard_normal(max_pool_forward(x, edge).shape)
    grad_x = max_pool_backward(grad_y, x, edge)
    np.testing.assert_allclose(grad_x.sum(axis=(0, 1)), grad_y.sum(axis=(0, 1)), rtol=1e-13)
    assert np.count_nonzero(grad_x) == grad_y.size


@pytest.mark.parametrize("shape", [(2, 1, 1), (1, 2, 1), (1, 1, 2)])
def test_gradient_of_another_size_is_refused(shape):
    with pytest.raises(ValueError, match=r"grad_y has the shape .*; expected \(1, 1, 1\)"):
        max_pool_backward(np.zeros(shape), X, "floor")


def test_nan_is_not_lost():
    for place in np.ndindex(2, 2):
        x = np.zeros((2, 2, 1))
        x[place] = np.nan
        assert np.isnan(max_pool_forward(x, "floor")).all()


def test_infinity_wins_over_what_is_not_there():
    x = np.array([0.0, np.inf]).reshape(2, 1, 1)  # the right half of the window is missing
    grad_x = max_pool_backward(np.ones((1, 1, 1)), x, "ceil")
    assert grad_x.ravel().tolist() == [0, 1]
